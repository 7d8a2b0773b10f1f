begin;
select pg_advisory_xact_lock(hashtext('depot_counters'));
with today as (select depot_id, sum(parcels) as n from counts_today group by depot_id),
     added as (
       update depot_counters c set parcels = c.parcels + n from today where today.depot_id = c.depot_id
       returning c.depot_id
     )
insert into depot_counters
select depot_id, n from today where depot_id not in (select depot_id from added);
commit;
