-- What became of the workouts that were started on each day.
SELECT workout_date, 'completed' AS outcome, SUM(completed) AS workouts
FROM workout_completion_daily GROUP BY workout_date
UNION ALL
SELECT workout_date, 'too short' AS outcome, SUM(too_short) AS workouts
FROM workout_completion_daily GROUP BY workout_date
UNION ALL
SELECT workout_date, 'abandoned' AS outcome, SUM(abandoned) AS workouts
FROM workout_completion_daily GROUP BY workout_date
UNION ALL
SELECT workout_date, 'superseded' AS outcome, SUM(superseded) AS workouts
FROM workout_completion_daily GROUP BY workout_date
UNION ALL
SELECT workout_date, 'still open' AS outcome, SUM(still_open) AS workouts
FROM workout_completion_daily GROUP BY workout_date
