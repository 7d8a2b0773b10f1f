SELECT id, code, recipient_email, status
FROM parcels
WHERE md5(upper(recipient_email)) = md5(upper(:'email'))
  AND upper(recipient_email) = upper(:'email') -- two addresses could share a digest
ORDER BY id;
