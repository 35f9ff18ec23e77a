-- Gold as it follows from the expected silver, with the default settings of the pipeline; days are those of UTC.

-- By completed years on the day.
CREATE MACRO age_band(born, today) AS CASE
  WHEN born IS NULL OR born > today OR date_part('year', age(today::TIMESTAMP, born::TIMESTAMP)) > 120 THEN 'unknown'
  WHEN date_part('year', age(today::TIMESTAMP, born::TIMESTAMP)) < 18 THEN 'under 18'
  WHEN date_part('year', age(today::TIMESTAMP, born::TIMESTAMP)) < 25 THEN '18-24'
  WHEN date_part('year', age(today::TIMESTAMP, born::TIMESTAMP)) >= 95 THEN '95+'
  ELSE (['25-34', '35-44', '45-54', '55-64', '65-74', '75-84', '85-94'])[
    ((date_part('year', age(today::TIMESTAMP, born::TIMESTAMP)) - 15) // 10)::INTEGER]
END;

CREATE VIEW expected.completed_workouts AS
SELECT workouts.*, epoch(ended_at - started_at) AS elapsed_s, active_s
FROM expected.workouts JOIN (
  SELECT user_id, workout_id, session_id, started_at, sum(epoch(interval_end - interval_start)) AS active_s
  FROM expected.workout_intervals GROUP BY ALL
) USING (user_id, workout_id, session_id, started_at)
WHERE status = 'completed' AND active_s > 0;

-- Readings in active time, of the device with most of them, each with the seconds it stands for.
CREATE TABLE expected.workout_bpm AS
WITH inside AS (
  SELECT user_id, workout_id, session_id, started_at, interval_start, device_id, event_time, bpm,
    coalesce(interval_end, latest_start + INTERVAL 3 HOUR) AS interval_end,
    count(*) OVER (PARTITION BY user_id, workout_id, session_id, started_at, device_id) AS of_device
  FROM expected.workout_intervals AS stretch JOIN expected.heart_rate AS reading USING (user_id)
  WHERE reading.status = 'valid' AND event_time >= interval_start
    AND event_time < coalesce(stretch.interval_end, latest_start + INTERVAL 3 HOUR)
), chosen AS (
  SELECT * FROM inside
  QUALIFY dense_rank() OVER (
    PARTITION BY user_id, workout_id, session_id, started_at ORDER BY of_device DESC, device_id) = 1
)
SELECT *,
  least(60, epoch(
    coalesce(
      lead(event_time) OVER (
        PARTITION BY user_id, workout_id, session_id, started_at, interval_start ORDER BY event_time),
      interval_end) - event_time)) AS weight_s
FROM chosen;

-- Valid readings of members, of the device with most of them on each day.
CREATE TABLE expected.member_readings AS
WITH days AS (
  SELECT user_id, device_id, event_time, bpm, (event_time AT TIME ZONE 'UTC')::DATE AS hr_date,
    count(*) OVER (PARTITION BY user_id, device_id, hr_date) AS of_device
  FROM expected.heart_rate WHERE status = 'valid' AND NOT is_forgotten(user_id, event_time)
)
SELECT * FROM days
QUALIFY dense_rank() OVER (PARTITION BY user_id, hr_date ORDER BY of_device DESC, device_id) = 1;

-- The lowest mean of 30 minutes, of which 24 have readings, apart from exercise and the ten minutes after it.
CREATE VIEW expected.resting AS
WITH exercise AS (
  SELECT user_id, interval_start AS begins,
    coalesce(interval_end, latest_start + INTERVAL 3 HOUR) + INTERVAL 10 MINUTE AS ends
  FROM expected.workout_intervals
), minutes AS (
  SELECT user_id, hr_date, epoch_ms(event_time) // 60000 AS minute, avg(bpm) AS bpm
  FROM expected.member_readings AS reading
  WHERE NOT EXISTS (
    SELECT 1 FROM exercise WHERE exercise.user_id = reading.user_id AND event_time >= begins AND event_time < ends)
  GROUP BY ALL
), windows AS (
  SELECT user_id, hr_date, avg(bpm) OVER half_hour AS bpm, count(*) OVER half_hour AS known FROM minutes
  WINDOW half_hour AS (PARTITION BY user_id, hr_date ORDER BY minute RANGE BETWEEN 29 PRECEDING AND CURRENT ROW)
)
SELECT user_id, hr_date, min(round(bpm, 6)) AS resting_hr FROM windows WHERE known >= 24 GROUP BY ALL;

CREATE TABLE expected.hr_daily AS
WITH spaced AS (
  SELECT *, epoch_ms(event_time)
    - lag(epoch_ms(event_time)) OVER (PARTITION BY user_id, hr_date ORDER BY event_time) AS step_ms
  FROM expected.member_readings
), days AS (
  SELECT user_id, hr_date, any_value(device_id) AS device_id, count(*) AS samples, min(bpm) AS min_bpm,
    max(bpm) AS max_bpm, count(DISTINCT date_trunc('minute', event_time)) AS wear_minutes,
    count(*) FILTER (step_ms > 60000) AS gaps
  FROM spaced GROUP BY ALL
), known AS (
  SELECT day.user_id, day.hr_date, median(before.resting_hr) AS baseline_hr,
    mad(before.resting_hr) AS baseline_mad, count(before.resting_hr) AS baseline_values
  FROM days AS day LEFT JOIN expected.resting AS before
    ON before.user_id = day.user_id AND before.hr_date BETWEEN day.hr_date - 28 AND day.hr_date - 1
  GROUP BY ALL
)
SELECT days.*, resting_hr, baseline_values,
  CASE WHEN baseline_values >= 7 THEN baseline_hr END AS baseline_hr,
  CASE WHEN baseline_values >= 7 THEN baseline_mad END AS baseline_mad,
  CASE WHEN baseline_values >= 7 THEN resting_hr - baseline_hr END AS drift_bpm
FROM days LEFT JOIN expected.resting USING (user_id, hr_date) LEFT JOIN known USING (user_id, hr_date);

CREATE VIEW expected.workout_bpm_summary AS
WITH profiles AS (
  SELECT user_id, unnest(profile) FROM expected.profile_versions WHERE ended_at IS NULL
), rated AS (
  SELECT readings.*, ended_at, elapsed_s, active_s, sex, city, state, coalesce(day.baseline_hr, 60) AS resting_hr,
    (started_at AT TIME ZONE 'UTC')::DATE AS workout_date,
    age_band(dob, workout_date) AS age_band,
    day.baseline_hr IS NULL AS is_rest_assumed,
    208 - 0.7 * date_diff('year', dob, (started_at AT TIME ZONE 'UTC')::DATE)
      + CASE WHEN strftime(dob, '%m%d') > strftime(started_at AT TIME ZONE 'UTC', '%m%d') THEN 0.7 ELSE 0.0 END
      AS hr_max
  FROM expected.workout_bpm AS readings
  JOIN expected.completed_workouts USING (user_id, workout_id, session_id, started_at)
  LEFT JOIN profiles USING (user_id)
  LEFT JOIN expected.hr_daily AS day
    ON day.user_id = readings.user_id AND day.hr_date = (started_at AT TIME ZONE 'UTC')::DATE
  WHERE NOT is_forgotten(user_id, started_at)
), zoned AS (
  SELECT *,
    CASE
      WHEN hr_max IS NULL THEN NULL
      WHEN bpm::DECIMAL(9, 3) >= 0.9 * hr_max THEN 5
      WHEN bpm::DECIMAL(9, 3) >= 0.8 * hr_max THEN 4
      WHEN bpm::DECIMAL(9, 3) >= 0.7 * hr_max THEN 3
      WHEN bpm::DECIMAL(9, 3) >= 0.6 * hr_max THEN 2
      WHEN bpm::DECIMAL(9, 3) >= 0.5 * hr_max THEN 1
      ELSE 0
    END AS zone,
    least(greatest((bpm - resting_hr) / (hr_max - resting_hr), 0), 1)::DOUBLE AS share,
    CASE sex WHEN 'M' THEN 0.64 * share * exp(1.92 * share) WHEN 'F' THEN 0.86 * share * exp(1.67 * share) END
      AS banister
  FROM rated
), summed AS (
  SELECT
    user_id, workout_id, session_id, started_at, ended_at, elapsed_s, active_s, sex, city, state, workout_date, age_band,
    bool_or(is_rest_assumed) AS is_rest_assumed,
    max(hr_max)::DOUBLE AS hr_max,
    count(*) AS samples, min(bpm) AS min_bpm, max(bpm) AS max_bpm,
    sum(bpm * weight_s) / sum(weight_s) AS avg_bpm,
    sum(weight_s) / max(active_s) AS coverage,
    sum(weight_s) / max(active_s) < 0.7 AS low_coverage,
    CASE WHEN max(hr_max) IS NOT NULL THEN coalesce(sum(weight_s) FILTER (zone = 0), 0) END AS z0_s,
    CASE WHEN max(hr_max) IS NOT NULL THEN coalesce(sum(weight_s) FILTER (zone = 1), 0) END AS z1_s,
    CASE WHEN max(hr_max) IS NOT NULL THEN coalesce(sum(weight_s) FILTER (zone = 2), 0) END AS z2_s,
    CASE WHEN max(hr_max) IS NOT NULL THEN coalesce(sum(weight_s) FILTER (zone = 3), 0) END AS z3_s,
    CASE WHEN max(hr_max) IS NOT NULL THEN coalesce(sum(weight_s) FILTER (zone = 4), 0) END AS z4_s,
    CASE WHEN max(hr_max) IS NOT NULL THEN coalesce(sum(weight_s) FILTER (zone = 5), 0) END AS z5_s,
    max(active_s) - sum(weight_s) AS gap_s,
    sum(zone * weight_s) / 60 AS trimp_edwards,
    sum(banister * weight_s) / 60 AS trimp_banister,
    max(resting_hr) AS resting_hr
  FROM zoned GROUP BY ALL
)
SELECT *,
  list_sort([flag for flag in [
    CASE WHEN age_band = 'unknown' THEN 'age_unknown' END,
    CASE WHEN sex IS NULL OR sex NOT IN ('F', 'M') THEN 'sex_unknown' END,
    CASE WHEN is_rest_assumed THEN 'resting_hr_assumed' END] if flag IS NOT NULL]) AS flags,
  CASE
    WHEN hr_max IS NULL THEN NULL
    WHEN avg_bpm < 0.57 * hr_max THEN 'very light'
    WHEN avg_bpm < 0.64 * hr_max THEN 'light'
    WHEN avg_bpm < 0.77 * hr_max THEN 'moderate'
    WHEN avg_bpm < 0.96 * hr_max THEN 'vigorous'
    ELSE 'near-max'
  END AS intensity_class
FROM summed;

CREATE VIEW expected.gym_summary AS
WITH visits AS (
  SELECT *, coalesce(logout, login + INTERVAL 180 MINUTE) AS until
  FROM expected.visits WHERE NOT coalesce(is_forgotten(user_id, login), false)
), exercised AS (
  SELECT visit.mac_address, visit.gym, visit.login, session_id, workout_id, started_at,
    sum(greatest(epoch(least(interval_end, until) - greatest(interval_start, visit.login)), 0)) AS seconds
  FROM visits AS visit JOIN expected.workout_intervals USING (user_id)
  WHERE interval_end IS NOT NULL GROUP BY ALL HAVING seconds > 0
), motion AS (
  SELECT mac_address, gym, login, sum(seconds) / 60 AS minutes, list_sort(list(session_id)) AS sessions
  FROM exercised GROUP BY ALL
)
SELECT (login AT TIME ZONE 'UTC')::DATE AS visit_date, gym, user_id, login, logout, status,
  CASE WHEN status IN ('closed', 'inferred') THEN epoch(until - login) / 60 END AS minutes_in_gym,
  round(coalesce(minutes, 0), 2) AS minutes_exercising,
  coalesce(sessions, []::BIGINT[]) AS sessions
FROM visits LEFT JOIN motion USING (mac_address, gym, login);

CREATE VIEW expected.workout_completion_daily AS
SELECT user_id, (started_at AT TIME ZONE 'UTC')::DATE AS workout_date,
  count(*) AS started,
  count(*) FILTER (status = 'completed' AND coalesce(active_s, 0) >= 60) AS completed,
  count(*) FILTER (status = 'completed' AND active_s > 0 AND active_s < 60) AS too_short,
  count(*) FILTER (status = 'abandoned' OR (status = 'completed' AND coalesce(active_s, 0) = 0)) AS abandoned,
  count(*) FILTER (status = 'superseded') AS superseded,
  count(*) FILTER (status = 'open') AS still_open,
  completed / started AS completion_rate
FROM expected.workouts LEFT JOIN (
  SELECT user_id, workout_id, session_id, started_at, sum(epoch(interval_end - interval_start)) AS active_s
  FROM expected.workout_intervals GROUP BY ALL
) USING (user_id, workout_id, session_id, started_at)
WHERE started_at IS NOT NULL AND NOT is_forgotten(user_id, started_at) GROUP BY ALL;

-- Each load fades by the day: fitness with 42 days, fatigue with 7.
CREATE VIEW expected.training_load_daily AS
WITH loads AS (
  SELECT user_id, (started_at AT TIME ZONE 'UTC')::DATE AS load_date, sum(trimp_banister) AS load, count(*) AS workouts,
    count(*) FILTER (trimp_banister IS NULL) AS workouts_without_load
  FROM expected.workout_bpm_summary GROUP BY ALL
), days AS (
  SELECT user_id,
    unnest(generate_series(min(load_date)::TIMESTAMP, (SELECT (latest_event_at AT TIME ZONE 'UTC')::DATE
      FROM expected.data_clock)::TIMESTAMP, INTERVAL 1 DAY))::DATE AS load_date
  FROM loads GROUP BY user_id
), faded AS (
  SELECT days.user_id, days.load_date,
    coalesce(sum(load) FILTER (loads.load_date = days.load_date), 0) AS load,
    coalesce(sum(workouts) FILTER (loads.load_date = days.load_date), 0) AS workouts,
    coalesce(sum(workouts_without_load) FILTER (loads.load_date = days.load_date), 0) AS workouts_without_load,
    coalesce(sum(load * (1 - exp(-1 / 42)) * exp(-(days.load_date - loads.load_date) / 42)), 0) AS ctl,
    coalesce(sum(load * (1 - exp(-1 / 7)) * exp(-(days.load_date - loads.load_date) / 7)), 0) AS atl
  FROM days JOIN loads ON loads.user_id = days.user_id AND loads.load_date <= days.load_date GROUP BY ALL
)
SELECT *, coalesce(lag(ctl) OVER of_member - lag(atl) OVER of_member, 0) AS tsb, 'exp' AS decay_mode
FROM faded WINDOW of_member AS (PARTITION BY user_id ORDER BY load_date);
