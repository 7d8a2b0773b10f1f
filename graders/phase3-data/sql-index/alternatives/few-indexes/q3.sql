SELECT id, code, status FROM parcels WHERE code::varchar ~ ('^' || :'prefix') ORDER BY code, id
