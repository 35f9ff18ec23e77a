-- Heart rates as worn, as they follow from the expected silver.

CREATE TABLE expected.worn_heart_rate AS
WITH reported AS (
  SELECT *,
    least(60, coalesce(epoch(lead(event_time) OVER (PARTITION BY device_id ORDER BY event_time) - event_time), 60))
      AS stands_s
  FROM expected.heart_rate
), days AS (
  SELECT user_id, (event_time AT TIME ZONE 'UTC')::DATE AS hr_date, device_id, event_time, bpm, stands_s,
    count(*) OVER (PARTITION BY user_id, device_id, hr_date) AS of_device
  FROM reported WHERE status = 'valid' AND user_id IS NOT NULL
), worn AS (
  SELECT * FROM days QUALIFY dense_rank() OVER (PARTITION BY user_id, hr_date ORDER BY of_device DESC, device_id) = 1
), exercise AS (
  SELECT user_id, interval_start, started_at,
    coalesce(interval_end, latest_start + INTERVAL 3 HOUR) AS ends,
    max(ends + INTERVAL 10 MINUTE) OVER (PARTITION BY user_id ORDER BY interval_start) AS recovered_at
  FROM expected.workout_intervals
)
SELECT worn.user_id, hr_date, device_id, event_time, bpm, stands_s,
  CASE WHEN event_time < ends THEN 'workout' WHEN event_time < recovered_at THEN 'recovery' ELSE 'rest' END AS state,
  CASE state WHEN 'rest' THEN recovered_at ELSE started_at END AS state_since
FROM worn ASOF LEFT JOIN exercise ON worn.user_id = exercise.user_id AND worn.event_time >= exercise.interval_start;

CREATE TABLE expected.heart_rate_windows AS
WITH steps AS (
  SELECT user_id, device_id, event_time, bpm,
    lead(event_time) OVER (PARTITION BY user_id, device_id ORDER BY event_time) AS next_time,
    unnest([time_bucket(INTERVAL 5 MINUTE, event_time) - INTERVAL 5 MINUTE,
      time_bucket(INTERVAL 5 MINUTE, event_time)]) AS window_start
  FROM expected.worn_heart_rate WHERE NOT is_forgotten(user_id, event_time)
), weighed AS (
  SELECT *, window_start + INTERVAL 10 MINUTE AS window_end,
    least(60, epoch(least(next_time, window_end) - event_time)) AS weight_s
  FROM steps
)
SELECT user_id, device_id, window_start, window_end, count(*) AS samples, min(bpm) AS min_bpm,
  sum(bpm * weight_s) / sum(weight_s) AS avg_bpm, max(bpm) AS max_bpm, sum(weight_s) / 600 AS coverage
FROM weighed GROUP BY ALL;

CREATE TABLE expected.heart_rate_anomalies AS
WITH judged AS (
  SELECT *, time_bucket(INTERVAL 5 MINUTE, event_time) AS step FROM expected.worn_heart_rate
  WHERE state <> 'recovery' AND NOT is_forgotten(user_id, event_time)
), steps AS (
  SELECT DISTINCT user_id, device_id, state, state_since, step FROM judged
), compared AS (
  SELECT steps.user_id, steps.device_id, steps.state, steps.state_since, steps.step,
    median(bpm) AS median_bpm, greatest(mad(bpm), 1) AS mad_bpm, count(*) AS compared_with,
    count(DISTINCT date_trunc('minute', event_time)) AS minutes
  FROM steps JOIN judged AS before
    ON before.user_id = steps.user_id AND before.device_id = steps.device_id AND before.state = steps.state
      AND before.state_since IS NOT DISTINCT FROM steps.state_since
      AND before.event_time >= steps.step - INTERVAL 60 MINUTE AND before.event_time < steps.step
  GROUP BY ALL
)
SELECT user_id, device_id, event_time, state, bpm, judged.state_since, median_bpm, mad_bpm, compared_with,
  0.6745 * (bpm - median_bpm) / mad_bpm AS robust_z
FROM judged JOIN compared USING (user_id, device_id, state, step)
WHERE judged.state_since IS NOT DISTINCT FROM compared.state_since
  AND compared_with >= 30 AND minutes >= 10 AND abs(robust_z) > 3.5;
