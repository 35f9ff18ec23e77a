-- Members as of now and as of each day, as they follow from the expected silver and gold.

CREATE VIEW expected.member_absences AS
SELECT absent_member AS user_id, absent_from AS left_at, absent_until AS back_at FROM expected.absences;

-- As of the last day of the data.
CREATE VIEW expected.user_bins AS
WITH profiles AS (
  SELECT user_id, unnest(profile), (latest_event_at AT TIME ZONE 'UTC')::DATE AS as_of
  FROM expected.profile_versions, expected.data_clock WHERE ended_at IS NULL
)
SELECT user_id, as_of, sex, age_band(dob, as_of) AS age_band, city, state FROM profiles;

CREATE VIEW expected.heart_rate_limits AS
WITH worn AS (
  SELECT device_id, arg_max(user_id, registered_at) AS user_id FROM expected.registrations GROUP BY device_id
), clock AS (
  SELECT latest_event_at AS known_at, (latest_event_at AT TIME ZONE 'UTC')::DATE AS today FROM expected.data_clock
), rates AS (
  SELECT user_id, arg_max(baseline_hr, hr_date) FILTER (baseline_hr IS NOT NULL) AS resting_hr
  FROM expected.hr_daily GROUP BY user_id
), profiles AS (
  SELECT user_id, unnest(profile) FROM expected.profile_versions WHERE ended_at IS NULL
), exercising AS (
  SELECT DISTINCT user_id FROM expected.workouts, clock
  WHERE started_at IS NOT NULL AND coalesce(ended_at + INTERVAL 10 MINUTE > known_at, true)
)
SELECT device_id, user_id, resting_hr,
  208 - 0.7 * date_part('year', age(today::TIMESTAMP, dob::TIMESTAMP)) AS hr_max,
  40.0 AS low_bpm,
  CASE WHEN user_id NOT IN (SELECT user_id FROM exercising) THEN 120.0 END AS high_at_rest_bpm,
  hr_max AS over_max_bpm,
  1.1 * hr_max AS artefact_bpm,
  known_at
FROM worn LEFT JOIN rates USING (user_id) LEFT JOIN profiles USING (user_id), clock
WHERE NOT is_forgotten(user_id, known_at);

-- What ended on a day counts then; loads fade as in training_load_daily.
CREATE TABLE expected.member_features_daily AS
WITH ended AS (
  SELECT user_id, (ended_at AT TIME ZONE 'UTC')::DATE AS date, sum(active_s) / 60 AS minutes
  FROM expected.completed_workouts WHERE NOT is_forgotten(user_id, started_at) GROUP BY ALL
), loads AS (
  SELECT user_id, (ended_at AT TIME ZONE 'UTC')::DATE AS date, sum(trimp_banister) AS load
  FROM expected.workout_bpm_summary WHERE trimp_banister IS NOT NULL GROUP BY ALL
), days AS (
  SELECT user_id, date FROM expected.user_engagement_daily
), trained AS (
  SELECT days.user_id, days.date,
    sum(minutes) FILTER (ended.date > days.date - 7) AS workout_minutes_7,
    sum(minutes) FILTER (ended.date > days.date - 28) AS workout_minutes_28
  FROM days JOIN ended ON ended.user_id = days.user_id AND ended.date <= days.date GROUP BY days.user_id, days.date
), loaded AS (
  SELECT days.user_id, days.date,
    coalesce(sum(load) FILTER (loads.date = days.date), 0) AS load,
    sum(load * (1 - exp(-1 / 42)) * exp(-(days.date - loads.date) / 42)) AS ctl,
    sum(load * (1 - exp(-1 / 7)) * exp(-(days.date - loads.date) / 7)) AS atl
  FROM days JOIN loads ON loads.user_id = days.user_id AND loads.date <= days.date GROUP BY days.user_id, days.date
), walked AS (
  SELECT days.user_id, days.date,
    any_value(steps) FILTER (tracked.date = days.date) AS steps,
    count(*) FILTER (steps > 0) AS worn_days_7, avg(steps) FILTER (steps > 0) AS mean_steps_7
  FROM days JOIN expected.daily_activity_summary AS tracked
    ON tracked.user_id = days.user_id AND tracked.date > days.date - 7 AND tracked.date <= days.date
  GROUP BY days.user_id, days.date
)
SELECT engaged.* EXCLUDE (visits_per_week, tier, active_minutes_90, recency_score, frequency_score,
    active_minutes_score, is_churned),
  coalesce(workout_minutes_7, 0) AS workout_minutes_7,
  coalesce(workout_minutes_28, 0) AS workout_minutes_28,
  load, ctl, atl,
  CASE WHEN ctl IS NOT NULL
    THEN coalesce(lag(ctl) OVER of_member - lag(atl) OVER of_member, 0) END AS tsb,
  resting_hr, baseline_hr, drift_bpm, coalesce(wear_minutes, 0) AS wear_minutes,
  steps, coalesce(worn_days_7, 0) AS worn_days_7, mean_steps_7
FROM expected.user_engagement_daily AS engaged
LEFT JOIN trained USING (user_id, date) LEFT JOIN loaded USING (user_id, date) LEFT JOIN walked USING (user_id, date)
LEFT JOIN expected.hr_daily AS rate ON rate.user_id = engaged.user_id AND rate.hr_date = engaged.date
WINDOW of_member AS (PARTITION BY engaged.user_id ORDER BY engaged.date);
