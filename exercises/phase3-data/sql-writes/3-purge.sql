-- 3-purge: forget customers who never became any.
--
-- Created before 2024-01-01 00:00 UTC, no parcel, no wallet with a balance other than 0: they go, with
-- their wallets, their tickets and the messages of these. All of it happens, or nothing.

SELECT 'to do';
