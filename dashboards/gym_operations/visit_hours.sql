-- Visits of the last 28 days by the hour in which they began. Numbers about few people are withheld and then NULL.
SELECT
  gym_names.gym_name,
  gym_hourly.local_hour,
  gym_hourly.visits,
  gym_hourly.dwell_p50_minutes,
  gym_hourly.dwell_p90_minutes
FROM gym_hourly
JOIN (SELECT gym, MAX(gym_name) AS gym_name FROM gym_daily GROUP BY gym) AS gym_names ON gym_names.gym = gym_hourly.gym
