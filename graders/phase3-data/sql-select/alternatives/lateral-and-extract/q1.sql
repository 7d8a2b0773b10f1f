select p.id, p.code, p.created_at
from clock
join parcels p on p.created_at < clock.now - 7 * interval '1 day'
where p.delivered_at is null
  and not (p.status = any (array['cancelled', 'delivered']))
