SELECT id, code, recipient_email, status FROM parcels
WHERE lower(recipient_email)::varchar(200) = lower(:'email')::varchar(200) ORDER BY id ASC
