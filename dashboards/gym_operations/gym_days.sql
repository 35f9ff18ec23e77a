-- Each gym's day. Numbers about few people are withheld and then NULL.
SELECT
  gym_name,
  local_date,
  visits,
  unique_members,
  dwell_p50_minutes,
  dwell_p90_minutes,
  mean_occupancy,
  max_occupancy,
  utilisation,
  offline_minutes,
  is_suppressed
FROM gym_daily
