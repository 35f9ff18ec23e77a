-- Workouts that were started on each day, and the share of them that was completed.
SELECT
  workout_date,
  COUNT(user_id) AS members,
  SUM(started) AS started,
  SUM(completed) AS completed,
  SUM(completed) / NULLIF(SUM(started), 0) AS completion_rate
FROM workout_completion_daily
GROUP BY workout_date
