-- How many members wore a device on each day, and for how long.
SELECT
  hr_date,
  COUNT(user_id) AS members,
  SUM(wear_minutes) / 60 AS wear_hours
FROM hr_daily
GROUP BY hr_date
