-- Completed workouts with heart rate by day and intensity, and how long their members were active.
SELECT
  workout_date,
  COALESCE(intensity_class, 'unknown') AS intensity,
  COUNT(started_at) AS workouts,
  SUM(active_s) / 60 AS active_minutes
FROM workout_bpm_summary
GROUP BY workout_date, COALESCE(intensity_class, 'unknown')
