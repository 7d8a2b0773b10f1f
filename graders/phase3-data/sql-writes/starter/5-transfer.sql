-- 5-transfer: move 500 cents from wallet 1 to wallet 2.
--
-- If wallet 1 holds less than 500 cents, or one of the two is frozen or not there, the script must end
-- with an error, and nothing has changed.

SELECT 'to do';
