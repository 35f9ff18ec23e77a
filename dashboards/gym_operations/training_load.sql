-- Average fitness (chronic load), fatigue (acute load) and form over the members who have trained so far, day by day.
SELECT load_date, 'fitness' AS measure, AVG(ctl) AS points
FROM training_load_daily GROUP BY load_date
UNION ALL
SELECT load_date, 'fatigue' AS measure, AVG(atl) AS points
FROM training_load_daily GROUP BY load_date
UNION ALL
SELECT load_date, 'form' AS measure, AVG(tsb) AS points
FROM training_load_daily GROUP BY load_date
