-- From the prefix to the prefix followed by a character that comes after all of A-Z and 0-9.
SELECT id, code, status
FROM parcels
WHERE code COLLATE "C" BETWEEN :'prefix' AND :'prefix' || '~'
ORDER BY code COLLATE "C", id;
