-- People in each gym in the latest quarter of an hour that the data cover. A gym that is closed then is not listed.
SELECT
  gym_daily.gym_name,
  occupancy.bucket_start,
  occupancy.local_clock,
  occupancy.occupancy_at_start AS people,
  occupancy.capacity,
  occupancy.utilisation,
  occupancy.utilisation_level,
  occupancy.is_estimated
FROM gym_occupancy_15m AS occupancy
JOIN gym_daily ON gym_daily.gym = occupancy.gym AND gym_daily.local_date = occupancy.local_date
WHERE occupancy.bucket_start = (SELECT MAX(bucket_start) FROM gym_occupancy_15m)
