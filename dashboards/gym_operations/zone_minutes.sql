-- Minutes in each heart-rate zone of the completed workouts of each day, of members whose age is known.
SELECT workout_date, 'below zone 1' AS zone, SUM(z0_s) / 60 AS minutes
FROM workout_bpm_summary WHERE z0_s IS NOT NULL GROUP BY workout_date
UNION ALL
SELECT workout_date, 'zone 1' AS zone, SUM(z1_s) / 60 AS minutes
FROM workout_bpm_summary WHERE z1_s IS NOT NULL GROUP BY workout_date
UNION ALL
SELECT workout_date, 'zone 2' AS zone, SUM(z2_s) / 60 AS minutes
FROM workout_bpm_summary WHERE z2_s IS NOT NULL GROUP BY workout_date
UNION ALL
SELECT workout_date, 'zone 3' AS zone, SUM(z3_s) / 60 AS minutes
FROM workout_bpm_summary WHERE z3_s IS NOT NULL GROUP BY workout_date
UNION ALL
SELECT workout_date, 'zone 4' AS zone, SUM(z4_s) / 60 AS minutes
FROM workout_bpm_summary WHERE z4_s IS NOT NULL GROUP BY workout_date
UNION ALL
SELECT workout_date, 'zone 5' AS zone, SUM(z5_s) / 60 AS minutes
FROM workout_bpm_summary WHERE z5_s IS NOT NULL GROUP BY workout_date
