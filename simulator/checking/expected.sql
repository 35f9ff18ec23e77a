-- What the lakehouse must know, derived from the truth. One view per fact; times are UTC.

CREATE SCHEMA expected;

-- When who was no member. Its columns have names of their own: those of a macro's arguments would be taken for them.
CREATE VIEW expected.absences AS
SELECT user_id AS absent_member, left_at AS absent_from, back_at AS absent_until
FROM truth.members WHERE left_at IS NOT NULL;

CREATE MACRO was_away(who, instant) AS EXISTS (
  SELECT 1 FROM expected.absences
  WHERE absent_member = who AND absent_from <= instant AND (absent_until IS NULL OR instant < absent_until)
);

-- Whether gold must have no row of this member's from that instant.
CREATE MACRO is_forgotten(who, instant) AS EXISTS (
  SELECT 1 FROM expected.absences WHERE absent_member = who AND (absent_until IS NULL OR instant < absent_until)
);

CREATE VIEW expected.registrations AS
SELECT user_id, device_id, mac_address, registered_at
FROM truth.devices WHERE NOT was_away(user_id, registered_at);

CREATE VIEW expected.profile_versions AS
WITH changes AS (
  SELECT
    user_id, changed_at, kind,
    {dob: dob, sex: sex, gender: gender, first_name: first_name, last_name: last_name,
     street_address: street_address, city: city, state: state, zip: zip} AS profile,
    lag(kind) OVER of_member AS kind_before,
    lag(profile) OVER of_member AS profile_before
  FROM truth.profile_changes WHERE NOT is_stray
  WINDOW of_member AS (PARTITION BY user_id ORDER BY changed_at)
), turns AS (
  SELECT * FROM changes
  WHERE kind = 'delete' OR kind_before IS NULL OR kind_before = 'delete' OR profile <> profile_before
)
SELECT * FROM (
  SELECT user_id, kind, profile, changed_at AS started_at,
    lead(changed_at) OVER (PARTITION BY user_id ORDER BY changed_at) AS ended_at
  FROM turns
) WHERE kind <> 'delete';

CREATE VIEW expected.presses AS
WITH sent AS (
  SELECT user_id, workout_id, session_id, device_id, started_at AS instant, 'start' AS action FROM truth.workouts
  WHERE is_start_sent
  UNION ALL
  SELECT user_id, workout_id, session_id, device_id, ended_at, 'stop' FROM truth.workouts WHERE is_stop_sent
  UNION ALL
  SELECT user_id, workout_id, session_id, device_id, unnest(list_transform(pauses, lambda pause: pause."from")), 'stop'
  FROM truth.workouts
  UNION ALL
  SELECT user_id, workout_id, session_id, device_id, unnest(list_transform(pauses, lambda pause: pause."until")), 'start'
  FROM truth.workouts
), clocks AS (
  SELECT DISTINCT device_id, clock_offset_ms FROM truth.devices
)
SELECT
  user_id, workout_id, session_id,
  instant + to_seconds(round_even(clock_offset_ms / 1000, 0)::BIGINT) AS event_time,
  action
FROM sent JOIN clocks USING (device_id);

CREATE VIEW expected.workout_events AS
SELECT * FROM expected.presses WHERE NOT was_away(user_id, event_time);

-- A login each; a logout belongs to the last login before it.
CREATE VIEW expected.door_lines AS
WITH seen AS (
  SELECT visits.*, sends_events FROM truth.visits JOIN truth.gyms USING (gym) WHERE is_recorded AND NOT is_rejected
), logins AS (
  SELECT user_id, mac_address, gym, sends_events, login,
    CASE WHEN second_login IS NULL THEN recorded_logout END AS logout FROM seen
  UNION ALL
  SELECT user_id, mac_address, gym, sends_events, second_login, recorded_logout FROM seen
  WHERE second_login IS NOT NULL
)
SELECT user_id, mac_address, gym, login,
  CASE WHEN NOT (sends_events AND was_away(user_id, logout)) THEN logout END AS logout
FROM logins WHERE NOT was_away(user_id, login);

-- The latest event of all feeds, of former members too.
CREATE VIEW expected.data_clock AS
SELECT greatest(
  (SELECT epoch_ms(latest_ms)::TIMESTAMPTZ FROM truth.readings),
  (SELECT max(greatest(login, coalesce(second_login, login), coalesce(recorded_logout, login)))
   FROM truth.visits WHERE is_recorded AND NOT is_rejected),
  (SELECT max(event_time) FROM expected.presses),
  (SELECT max(registered_at) FROM truth.devices),
  (SELECT max(changed_at) FROM truth.profile_changes)
) AS latest_event_at;

CREATE VIEW expected.visits AS
WITH numbered AS (
  SELECT *, sum(begins) OVER (of_door ROWS UNBOUNDED PRECEDING) AS visit FROM (
    SELECT *,
      CASE WHEN lag(gym) OVER of_door = gym
        AND login <= lag(login) OVER of_door + INTERVAL 10 MINUTE
        AND coalesce(lag(logout) OVER of_door > login, true) THEN 0 ELSE 1 END AS begins
    FROM expected.door_lines WINDOW of_door AS (PARTITION BY mac_address ORDER BY login, gym)
  ) WINDOW of_door AS (PARTITION BY mac_address ORDER BY login, gym)
), merged AS (
  SELECT mac_address, gym, min(login) AS login, max(logout) AS logout, arg_min(user_id, login) AS user_id
  FROM numbered GROUP BY mac_address, gym, visit
), judged AS (
  SELECT *,
    lead(login) OVER (PARTITION BY mac_address ORDER BY login, gym) AS next_login,
    login + INTERVAL 180 MINUTE AS latest,
    CASE
      WHEN logout <= login + INTERVAL 16 HOUR THEN 'closed'
      WHEN logout IS NOT NULL THEN 'auto_closed'
      WHEN next_login <= latest THEN 'inferred'
      WHEN latest_event_at > latest THEN 'auto_closed'
      ELSE 'open'
    END AS status
  FROM merged, expected.data_clock
)
SELECT gym, mac_address, user_id, login, status,
  CASE status WHEN 'closed' THEN logout WHEN 'inferred' THEN next_login WHEN 'auto_closed' THEN latest END AS logout
FROM judged;

-- Which of two values counts, and that there were two, the ledger of faults knows; the rest is in the values.
CREATE TABLE expected.heart_rate AS
WITH valid AS (
  SELECT user_id, device_id, event_time, bpm,
    epoch_ms(event_time) - lag(epoch_ms(event_time)) OVER of_device AS step_ms,
    bpm - lag(bpm) OVER of_device AS change
  FROM truth.heart_rate WHERE bpm BETWEEN 25 AND 250
  WINDOW of_device AS (PARTITION BY device_id ORDER BY event_time)
), steep AS (
  SELECT *, CASE WHEN step_ms <= 15000 THEN abs(change) > 10 * step_ms / 1000 END AS is_steep FROM valid
), around AS (
  SELECT *,
    lead(is_steep) OVER of_device AS next_is_steep,
    lead(is_steep, 2) OVER of_device AS second_is_steep,
    count(*) FILTER (is_steep) OVER near AS steep_steps,
    count(is_steep) OVER near AS steps,
    list({instant_ms: epoch_ms(event_time), bpm: bpm})
      OVER (PARTITION BY device_id ORDER BY event_time ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING) AS five_before,
    list({instant_ms: epoch_ms(event_time), bpm: bpm})
      OVER (PARTITION BY device_id ORDER BY event_time ROWS BETWEEN 1 FOLLOWING AND 5 FOLLOWING) AS five_after
  FROM steep
  WINDOW
    of_device AS (PARTITION BY device_id ORDER BY event_time),
    near AS (PARTITION BY device_id ORDER BY event_time ROWS BETWEEN 30 PRECEDING AND 30 FOLLOWING)
), compared AS (
  SELECT * EXCLUDE (five_before, five_after),
    [x.bpm for x in five_before if epoch_ms(event_time) - x.instant_ms <= 15000] AS before,
    [x.bpm for x in five_after if x.instant_ms - epoch_ms(event_time) <= 15000] AS after
  FROM around
), suspects AS (
  SELECT device_id, event_time,
    coalesce(is_steep, false) AND NOT coalesce(NOT next_is_steep AND NOT second_is_steep, false) AS jumps,
    len(before) >= 2 AND len(after) >= 2
      AND abs(bpm - list_median(before)) > 30 AND abs(bpm - list_median(after)) > 30
      AND abs(bpm - list_median(list_concat(before, after))) > 30 AS spikes,
    steep_steps * 100 > 30 * steps AS in_noise
  FROM compared
)
SELECT readings.user_id, device_id, event_time, readings.bpm,
  CASE
    WHEN coalesce(readings.bpm, 0) = 0 THEN 'no_contact'
    WHEN readings.bpm NOT BETWEEN 25 AND 250 THEN 'out_of_range'
    WHEN (jumps OR spikes) AND NOT in_noise THEN 'suspect'
    ELSE 'valid'
  END AS status,
  nullif(concat_ws(', ',
    CASE WHEN fault = 'conflict' THEN 'duplicate_conflict' END,
    CASE WHEN status = 'suspect' AND jumps THEN 'slope' END,
    CASE WHEN status = 'suspect' AND spikes THEN 'spike' END), '') AS reason
FROM truth.heart_rate AS readings LEFT JOIN suspects USING (device_id, event_time);

CREATE VIEW expected.daily_activity AS
SELECT * FROM truth.daily_activity
WHERE NOT was_away(user_id, (date + 1)::TIMESTAMP::TIMESTAMPTZ - INTERVAL 1 MICROSECOND);
