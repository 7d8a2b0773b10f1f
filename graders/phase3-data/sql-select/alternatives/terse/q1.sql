select id,code,created_at from parcels where delivered_at is null and status<>'cancelled' and created_at+interval'168 hours'<(select now from clock)
