-- Average number of people in each gym by hour of the day and day, opening hours with door data only.
SELECT
  gym_daily.gym_name,
  occupancy.local_date,
  CASE occupancy.local_weekday
    WHEN 1 THEN '1 Mon'
    WHEN 2 THEN '2 Tue'
    WHEN 3 THEN '3 Wed'
    WHEN 4 THEN '4 Thu'
    WHEN 5 THEN '5 Fri'
    WHEN 6 THEN '6 Sat'
    ELSE '7 Sun'
  END AS weekday,
  occupancy.local_hour,
  60 * SUM(occupancy.occupancy_minutes) / NULLIF(SUM(occupancy.bucket_s), 0) AS people
FROM gym_occupancy_15m AS occupancy
JOIN gym_daily ON gym_daily.gym = occupancy.gym AND gym_daily.local_date = occupancy.local_date
WHERE occupancy.is_open AND occupancy.has_door_data
GROUP BY gym_daily.gym_name, occupancy.local_date, occupancy.local_weekday, occupancy.local_hour
