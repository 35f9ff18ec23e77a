-- Who was in which gym when, as it follows from the expected silver; days and hours are those of the gym. A stay counts
-- for the gym whoever it was: former members do, too.

-- Nobody logged out: the visitor counts for as long as visits of the 28 days before lasted, else for 69 minutes.
CREATE TABLE expected.gym_stays AS
WITH visits AS (
  SELECT visits.*, (login AT TIME ZONE time_zone)::DATE AS login_date,
    CASE WHEN status = 'closed' THEN epoch(logout - login) / 60 END AS dwell_minutes,
    lead(login) OVER (PARTITION BY mac_address ORDER BY login, visits.gym) AS next_login
  FROM expected.visits JOIN truth.gyms USING (gym)
), usual AS (
  SELECT visit.gym, visit.mac_address, visit.login, coalesce(median(before.dwell_minutes), 69) AS minutes
  FROM visits AS visit LEFT JOIN visits AS before
    ON before.gym = visit.gym AND before.login_date BETWEEN visit.login_date - 28 AND visit.login_date - 1
  GROUP BY ALL
)
SELECT gym, mac_address, user_id, login, login_date,
  CASE WHEN status IN ('closed', 'inferred') THEN logout
    WHEN status = 'open' THEN latest_event_at
    ELSE least(login + to_microseconds((least(minutes, 180) * 60e6)::BIGINT), next_login, latest_event_at)
  END AS stay_end,
  dwell_minutes,
  status NOT IN ('closed', 'inferred') AS is_assumed
FROM visits JOIN usual USING (gym, mac_address, login), expected.data_clock;

CREATE TABLE expected.gym_data_gaps AS
WITH events AS (
  SELECT gym, login AS event_at, stay_end FROM expected.gym_stays
  UNION ALL
  SELECT gym, stay_end, stay_end FROM expected.gym_stays WHERE dwell_minutes IS NOT NULL
), silences AS (
  SELECT gym, event_at AS last_event_at,
    lead(event_at) OVER of_door AS next_event_at,
    max(stay_end) OVER (of_door ROWS UNBOUNDED PRECEDING) AS gone_at
  FROM events WINDOW of_door AS (PARTITION BY gym ORDER BY event_at)
)
SELECT gym, last_event_at,
  greatest(last_event_at, gone_at) AS offline_from,
  coalesce(next_event_at, latest_event_at) AS offline_until,
  next_event_at IS NULL AS is_ongoing,
  epoch(offline_until - offline_from) / 3600 AS hours
FROM silences, expected.data_clock WHERE offline_until > last_event_at + INTERVAL 24 HOUR;

CREATE TABLE expected.gym_occupancy_15m AS
WITH quarters AS (
  SELECT gyms.*, unnest(generate_series(first_day, latest_event_at, INTERVAL 15 MINUTE)) AS bucket_start, latest_event_at
  FROM truth.gyms JOIN (
    SELECT gym, (min(login_date)::TIMESTAMP AT TIME ZONE time_zone) AS first_day
    FROM expected.gym_stays JOIN truth.gyms USING (gym) GROUP BY gym, time_zone
  ) USING (gym), expected.data_clock
), buckets AS (
  SELECT gym, capacity, bucket_start, bucket_start AT TIME ZONE time_zone AS clock,
    least(bucket_start + INTERVAL 15 MINUTE, latest_event_at) AS bucket_end,
    CASE WHEN opens < closes THEN hour(clock) >= opens AND hour(clock) < closes
      ELSE hour(clock) >= opens OR hour(clock) < closes END AS is_open
  FROM quarters WHERE bucket_start < latest_event_at
), there AS (
  SELECT gym, bucket_start, bucket_end, is_assumed,
    greatest(login, bucket_start) AS since, least(stay_end, bucket_end) AS until
  FROM buckets JOIN expected.gym_stays USING (gym)
  WHERE login < bucket_end AND stay_end > bucket_start AND login < stay_end
), instants AS (
  SELECT DISTINCT gym, bucket_start, since AS instant FROM there
), crowds AS (
  SELECT gym, bucket_start, max(people) AS highest, max(people) FILTER (instant = bucket_start) AS at_start FROM (
    SELECT gym, bucket_start, instant, count(*) AS people FROM instants JOIN there USING (gym, bucket_start)
    WHERE since <= instant AND instant < until GROUP BY ALL
  ) GROUP BY ALL
), sums AS (
  SELECT gym, bucket_start, sum(epoch(until - since)) / 60 AS minutes, count(*) FILTER (is_assumed) AS assumed
  FROM there GROUP BY ALL
), known AS (
  SELECT buckets.*, highest, at_start, minutes, assumed,
    epoch(bucket_end - bucket_start) AS bucket_s,
    NOT EXISTS (
      SELECT 1 FROM expected.gym_data_gaps AS gap
      WHERE gap.gym = buckets.gym AND offline_from <= bucket_start AND offline_until >= bucket_end
    ) AS has_door_data
  FROM buckets LEFT JOIN crowds USING (gym, bucket_start) LEFT JOIN sums USING (gym, bucket_start)
  WHERE is_open OR minutes IS NOT NULL
), numbers AS (
  SELECT *,
    CASE WHEN has_door_data THEN coalesce(highest, 0) END AS max_occupancy,
    CASE WHEN has_door_data THEN coalesce(at_start, 0) END AS occupancy_at_start,
    CASE WHEN has_door_data THEN coalesce(minutes, 0) END AS occupancy_minutes,
    CASE WHEN has_door_data THEN coalesce(assumed, 0) END AS assumed_visits,
    occupancy_minutes * 60 / bucket_s AS mean_occupancy,
    mean_occupancy / capacity AS utilisation
  FROM known
)
SELECT gym, bucket_start, clock::DATE AS local_date, strftime(clock, '%H:%M') AS local_clock,
  isodow(clock)::INTEGER AS local_weekday, hour(clock)::INTEGER AS local_hour,
  bucket_s, is_open, has_door_data, mean_occupancy, max_occupancy, occupancy_at_start, occupancy_minutes,
  assumed_visits, coalesce(assumed_visits > 0, false) AS is_estimated, capacity, utilisation,
  CASE WHEN round(utilisation, 9) >= 0.9 THEN 'red' WHEN round(utilisation, 9) >= 0.8 THEN 'amber'
    WHEN utilisation IS NOT NULL THEN 'green' END AS utilisation_level
FROM numbers;

CREATE VIEW expected.gym_occupancy_balance AS
SELECT gym, sum(epoch(stay_end - login)) / 60 AS occupancy_minutes, occupancy_minutes AS stay_minutes
FROM expected.gym_stays GROUP BY gym;

-- Numbers about fewer than five people are withheld.
CREATE VIEW expected.stays_of_people AS
SELECT gym, login_date AS local_date, hour(login AT TIME ZONE time_zone)::INTEGER AS local_hour, dwell_minutes,
  coalesce(user_id::VARCHAR, mac_address) AS person,
  CASE WHEN dwell_minutes IS NOT NULL THEN person END AS measured_person
FROM expected.gym_stays JOIN truth.gyms USING (gym);

CREATE MACRO of_enough(people, number) AS CASE WHEN people >= 5 THEN number END;

CREATE VIEW expected.gym_daily AS
WITH visited AS (
  SELECT gym, local_date, count(*) AS visits, count(DISTINCT person) AS people,
    count(DISTINCT measured_person) AS measured,
    quantile_cont(dwell_minutes, 0.5) AS p50, quantile_cont(dwell_minutes, 0.9) AS p90
  FROM expected.stays_of_people GROUP BY ALL
), days AS (
  SELECT gym, local_date, bool_or(has_door_data) AS has_door_data,
    sum(occupancy_minutes) FILTER (is_open AND has_door_data) * 60
      / sum(bucket_s) FILTER (is_open AND has_door_data) AS mean_occupancy,
    max(max_occupancy) AS max_occupancy,
    coalesce(sum(bucket_s) FILTER (is_open AND NOT has_door_data), 0) / 60 AS offline_minutes
  FROM expected.gym_occupancy_15m GROUP BY ALL
), peaks AS (
  SELECT day.gym, day.local_date,
    arg_max({weekday: local_weekday, hour: local_hour}, (round(mean, 9), -local_weekday, -local_hour)) AS peak
  FROM days AS day JOIN LATERAL (
    SELECT local_weekday, local_hour, sum(occupancy_minutes) * 60 / sum(bucket_s) AS mean
    FROM expected.gym_occupancy_15m AS quarter
    WHERE quarter.gym = day.gym AND quarter.local_date BETWEEN day.local_date - 27 AND day.local_date
      AND has_door_data AND is_open
    GROUP BY ALL
  ) ON true GROUP BY ALL
)
SELECT gym, local_date, has_door_data,
  CASE WHEN has_door_data AND visits IS NULL THEN 0 ELSE of_enough(people, visits) END AS visits,
  CASE WHEN has_door_data AND visits IS NULL THEN 0 ELSE of_enough(people, people) END AS unique_members,
  of_enough(measured, p50) AS dwell_p50_minutes,
  of_enough(measured, p90) AS dwell_p90_minutes,
  coalesce(people < 5 OR measured BETWEEN 1 AND 4, false) AS is_suppressed,
  mean_occupancy, max_occupancy, mean_occupancy / capacity AS utilisation,
  peak.weekday AS peak_weekday, peak.hour AS peak_hour, offline_minutes, name AS gym_name
FROM days JOIN truth.gyms USING (gym) LEFT JOIN visited USING (gym, local_date) LEFT JOIN peaks USING (gym, local_date);

CREATE VIEW expected.gym_hourly AS
WITH visited AS (
  SELECT gym, local_hour, last_date, count(*) AS visits, count(DISTINCT person) AS people,
    count(DISTINCT measured_person) AS measured,
    quantile_cont(dwell_minutes, 0.5) AS p50, quantile_cont(dwell_minutes, 0.9) AS p90
  FROM expected.stays_of_people JOIN (
    SELECT gym, (latest_event_at AT TIME ZONE time_zone)::DATE AS last_date FROM truth.gyms, expected.data_clock
  ) USING (gym) WHERE local_date > last_date - 28 GROUP BY ALL
)
SELECT gym, local_hour, last_date - 27 AS first_date, last_date,
  of_enough(people, visits) AS visits,
  of_enough(people, people) AS unique_members,
  of_enough(measured, p50) AS dwell_p50_minutes,
  of_enough(measured, p90) AS dwell_p90_minutes,
  people < 5 OR measured BETWEEN 1 AND 4 AS is_suppressed
FROM visited;
