-- Days, weeks and months of members as they follow from the expected silver; days are those of UTC. Members who left
-- have no row; those who came back begin anew with the return.

CREATE VIEW expected.started_workouts AS
SELECT user_id, started_at, (started_at AT TIME ZONE 'UTC')::DATE AS date, coalesce(active_s, 0) / 60 AS minutes
FROM expected.workouts LEFT JOIN (
  SELECT user_id, workout_id, session_id, started_at, sum(epoch(interval_end - interval_start)) AS active_s
  FROM expected.workout_intervals GROUP BY ALL
) USING (user_id, workout_id, session_id, started_at)
WHERE started_at IS NOT NULL;

CREATE VIEW expected.member_visits AS
SELECT user_id, login, (login AT TIME ZONE 'UTC')::DATE AS date FROM expected.visits WHERE user_id IS NOT NULL;

CREATE VIEW expected.daily_activity_summary AS
WITH tracked AS (
  SELECT user_id, date, steps, distance_km, active_minutes FROM expected.daily_activity
  WHERE NOT is_forgotten(user_id, (date + 1)::TIMESTAMP::TIMESTAMPTZ - INTERVAL 1 MICROSECOND)
), trained AS (
  SELECT user_id, date, count(*) AS workouts, sum(minutes) AS workout_minutes FROM expected.started_workouts
  WHERE NOT is_forgotten(user_id, started_at) GROUP BY ALL
), visited AS (
  SELECT user_id, date, count(*) AS gym_visits FROM expected.member_visits
  WHERE NOT is_forgotten(user_id, login) GROUP BY ALL
)
SELECT user_id, date, strftime(date, '%G-W%V') AS iso_week,
  tracked.user_id IS NOT NULL AS has_tracker_day,
  CASE WHEN has_tracker_day THEN steps = 0 END AS not_worn,
  steps, distance_km, active_minutes,
  coalesce(workouts, 0) AS workouts,
  coalesce(workout_minutes, 0) AS workout_minutes,
  coalesce(gym_visits, 0) AS gym_visits
FROM tracked FULL JOIN trained USING (user_id, date) FULL JOIN visited USING (user_id, date);

CREATE VIEW expected.weekly_activity_summary AS
SELECT user_id, iso_week,
  any_value(date - (isodow(date) - 1)::INTEGER) AS week_start,
  count(*) FILTER (has_tracker_day) AS tracker_days,
  count(*) FILTER (NOT not_worn) AS worn_days,
  count(*) FILTER (NOT not_worn) / nullif(count(*) FILTER (has_tracker_day), 0) AS wear_rate,
  avg(steps) FILTER (NOT not_worn) AS mean_steps,
  avg(distance_km) FILTER (NOT not_worn) AS mean_distance_km,
  avg(active_minutes) FILTER (NOT not_worn) AS mean_active_minutes,
  sum(workouts)::BIGINT AS workouts,
  sum(workout_minutes) AS workout_minutes,
  sum(gym_visits)::BIGINT AS gym_visits
FROM expected.daily_activity_summary GROUP BY ALL;

-- Former members count here: a number of people forgets nobody and names nobody.
CREATE VIEW expected.retention_cohorts AS
WITH cohorts AS (
  SELECT user_id, date_trunc('month', min(registered_at) AT TIME ZONE 'UTC')::DATE AS cohort_month
  FROM expected.registrations GROUP BY user_id
), sizes AS (
  SELECT cohort_month, count(*) AS members FROM cohorts GROUP BY ALL
), months AS (
  SELECT sizes.*, unnest(generate_series(cohort_month::TIMESTAMP, latest, INTERVAL 1 MONTH))::DATE AS month, latest
  FROM sizes, (SELECT latest_event_at AT TIME ZONE 'UTC' AS latest FROM expected.data_clock)
), seen AS (
  SELECT cohort_month, date_trunc('month', date)::DATE AS month, count(DISTINCT user_id) AS retained
  FROM cohorts JOIN (
    SELECT user_id, date FROM expected.member_visits UNION ALL SELECT user_id, date FROM expected.started_workouts
  ) USING (user_id) GROUP BY ALL
), counted AS (
  SELECT cohort_month, date_diff('month', cohort_month, month) AS k, members,
    month + INTERVAL 1 MONTH <= latest AS is_complete,
    CASE WHEN is_complete THEN coalesce(retained, 0) END AS retained
  FROM months LEFT JOIN seen USING (cohort_month, month)
)
SELECT cohort_month, k, is_complete,
  CASE WHEN members >= 5 THEN members END AS cohort_size,
  CASE WHEN retained >= 5 THEN retained END AS retained_members,
  CASE WHEN retained >= 5 THEN retained / members END AS retention,
  members < 5 OR coalesce(retained < 5, false) AS is_suppressed
FROM counted;

-- Whose days are listed from when on; events before that day's first instant as a member are forgotten.
CREATE VIEW expected.engaged_members AS
SELECT user_id, max(since)::DATE AS first_date FROM (
  SELECT user_id, min(registered_at) AT TIME ZONE 'UTC' AS since FROM expected.registrations GROUP BY user_id
  UNION ALL
  SELECT absent_member, absent_until AT TIME ZONE 'UTC' FROM expected.absences
)
WHERE user_id IN (SELECT user_id FROM expected.registrations)
  AND user_id NOT IN (SELECT absent_member FROM expected.absences WHERE absent_until IS NULL)
GROUP BY user_id;

CREATE TABLE expected.user_engagement_daily AS
WITH visits AS (
  SELECT user_id, date, count(*) AS visits FROM expected.member_visits WHERE NOT is_forgotten(user_id, login) GROUP BY ALL
), workouts AS (
  SELECT user_id, date, sum(minutes) AS minutes FROM expected.started_workouts
  WHERE NOT is_forgotten(user_id, started_at) GROUP BY ALL
), gaps AS (
  SELECT user_id, date, date - lag(date) OVER (PARTITION BY user_id ORDER BY date) AS gap FROM visits
), active AS (
  SELECT user_id, date, coalesce(visits, 0) AS visits, coalesce(minutes, 0) AS minutes
  FROM visits FULL JOIN workouts USING (user_id, date)
), runs AS (
  SELECT user_id, date, count(*) OVER (PARTITION BY user_id, run ORDER BY date) AS streak_days FROM (
    SELECT user_id, date, date - row_number() OVER (PARTITION BY user_id ORDER BY date)::INTEGER AS run FROM active)
), days AS (
  SELECT user_id, first_date, unnest(generate_series(first_date::TIMESTAMP, latest_event_at AT TIME ZONE 'UTC', INTERVAL 1 DAY))::DATE
    AS date
  FROM expected.engaged_members, expected.data_clock
), counted AS (
  SELECT day.user_id, day.date,
    count(*) FILTER (active.date > day.date - 7)::INTEGER AS active_days_7,
    count(*) FILTER (active.date > day.date - 28)::INTEGER AS active_days_28,
    coalesce(sum(visits) FILTER (active.date > day.date - 28), 0)::BIGINT AS actual_visits,
    coalesce(sum(visits) FILTER (active.date > day.date - 112 AND active.date <= day.date - 28), 0) / 3
      AS expected_visits,
    day.date - max(active.date) AS recency_days,
    day.date - coalesce(max(active.date), first_date) AS days_away,
    coalesce(sum(visits) FILTER (active.date > day.date - 90), 0)::BIGINT AS frequency_90,
    coalesce(sum(minutes) FILTER (active.date > day.date - 90), 0) AS active_minutes_90
  FROM days AS day LEFT JOIN active ON active.user_id = day.user_id AND active.date <= day.date
  GROUP BY day.user_id, day.date, first_date
), usual AS (
  SELECT day.user_id, day.date, median(gap) AS usual_gap_days
  FROM days AS day JOIN gaps ON gaps.user_id = day.user_id AND gaps.date <= day.date GROUP BY ALL
), scored AS (
  SELECT user_id, date,
    ntile(5) OVER (PARTITION BY date ORDER BY recency_days DESC, user_id)::INTEGER AS recency_score,
    ntile(5) OVER (PARTITION BY date ORDER BY frequency_90, user_id)::INTEGER AS frequency_score,
    ntile(5) OVER (PARTITION BY date ORDER BY round(active_minutes_90, 6), user_id)::INTEGER AS active_minutes_score
  FROM counted WHERE recency_days < 90
)
SELECT user_id, date,
  coalesce(recency_days = 0, false) AS is_active,
  active_days_7, active_days_28, actual_visits / 4 AS visits_per_week,
  coalesce(streak_days, 0)::INTEGER AS streak_days,
  actual_visits, expected_visits,
  CASE WHEN active_days_28 >= 20 THEN 'daily' WHEN active_days_28 >= 8 THEN 'regular'
    WHEN active_days_28 >= 1 THEN 'occasional' ELSE 'dormant' END AS tier,
  recency_days::INTEGER AS recency_days, frequency_90, active_minutes_90,
  recency_score, frequency_score, active_minutes_score, usual_gap_days,
  days_away > greatest(14, 3 * usual_gap_days) OR actual_visits < 0.5 * expected_visits
    AS is_churn_risk,
  days_away >= 60 AS is_churned
FROM counted LEFT JOIN runs USING (user_id, date) LEFT JOIN usual USING (user_id, date)
LEFT JOIN scored USING (user_id, date);
