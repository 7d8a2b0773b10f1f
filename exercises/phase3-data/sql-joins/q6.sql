-- q6: How does revenue add up, week by week?
--
-- One row a week (Monday to Sunday, UTC), from the week of the first parcel to the week of clock.now,
-- both included; weeks without a parcel too. running_cents: this week and all before it.
-- Order: week_start.

SELECT NULL AS week_start, 0 AS revenue_cents, 0 AS running_cents;
