-- Heart rate of all members by day: at rest as measured, at rest as the weeks before, and in completed workouts.
SELECT hr_date, 'at rest' AS measure, AVG(resting_hr) AS bpm
FROM hr_daily WHERE resting_hr IS NOT NULL GROUP BY hr_date
UNION ALL
SELECT hr_date, 'at rest, weeks before' AS measure, AVG(baseline_hr) AS bpm
FROM hr_daily WHERE baseline_hr IS NOT NULL GROUP BY hr_date
UNION ALL
SELECT workout_date AS hr_date, 'in workouts, average' AS measure, SUM(avg_bpm * active_s) / NULLIF(SUM(active_s), 0) AS bpm
FROM workout_bpm_summary GROUP BY workout_date
UNION ALL
SELECT workout_date AS hr_date, 'in workouts, highest' AS measure, MAX(max_bpm) AS bpm
FROM workout_bpm_summary GROUP BY workout_date
