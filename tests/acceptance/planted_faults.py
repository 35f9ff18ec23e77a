"""How many rows of each day's files in `fixtures/landing` violate which rule, counted by hand in the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Counts = dict[tuple[str, str], int]

REGISTRATIONS, DOORS = "silver.registered_users_checked", "silver.gym_logins_checked"
PROFILES, WORKOUTS, READINGS = "silver.user_info_checked", "silver.workout_checked", "silver.bpm_checked"
TRACKER, ENVELOPES, GYMS = "silver.daily_activity_checked", "bronze.kafka_multiplex_bz", "silver.gyms_checked"

ROWS: tuple[Mapping[str, int], ...] = (
    {
        REGISTRATIONS: 10,
        DOORS: 8,
        GYMS: 2,
        PROFILES: 13,
        WORKOUTS: 17,
        READINGS: 1338 + 21,  # bpm_0414.json, bpm_0414_faults.json
        TRACKER: 4,
        ENVELOPES: 13 + 17 + 1338 + 21 + 3,  # the topics', and bpm_0414_broken.json
    },
    {
        REGISTRATIONS: 5,
        DOORS: 9,
        PROFILES: 6,
        WORKOUTS: 15,
        READINGS: 40 + 688 + 6,  # bpm_0414_late.json, bpm_0415.json, bpm_0415_by_hand.json
        TRACKER: 6,
        ENVELOPES: 6 + 15 + 40 + 688 + 6,
    },
    {
        REGISTRATIONS: 3,
        DOORS: 6,
        PROFILES: 3,
        WORKOUTS: 17 + 7,  # workout_0414_sent_again.json, workout_0416.json
        READINGS: 116 + 6 + 460,  # bpm_0414_very_late.json, bpm_0415_sent_again.json, bpm_0416.json
        TRACKER: 4,
        ENVELOPES: 3 + 17 + 7 + 116 + 6 + 460,
    },
)
"""Lines of each feed by day, headers and blank lines not counted."""

VIOLATIONS: tuple[Counts, ...] = (
    {
        # registered_users_0414.csv, line 11: the MAC of 21098 has `zz`.
        (REGISTRATIONS, "mac_address_has_six_pairs"): 1,
        # gym_logins_0414.csv, line 8: out at 19:00, in at 19:30; line 9: `not-a-mac`.
        (DOORS, "logout_after_login"): 1,
        (DOORS, "mac_address_has_six_pairs"): 1,
        # bpm_0414_broken.json, line 1: cut off; line 2: no JSON. Neither has a topic, and that of line 3 is `steps`.
        (ENVELOPES, "envelope_is_json"): 2,
        (ENVELOPES, "topic_is_known"): 3,
        # user_info_0414.json, line 11: born `31/31/1990`; line 12: `merge`; line 13: cut off, so that it says nothing.
        (PROFILES, "dob_readable"): 1,
        (PROFILES, "update_type_is_known"): 2,
        (PROFILES, "message_is_one_json_object"): 1,
        (PROFILES, "user_id_is_a_number"): 1,
        (PROFILES, "event_time_readable"): 1,
        # workout_0414.json, line 15: `pause`; line 16: `twenty-one`; line 17: `soon`.
        (WORKOUTS, "action_is_start_or_stop"): 1,
        (WORKOUTS, "user_id_is_a_number"): 1,
        (WORKOUTS, "event_time_readable"): 1,
        # bpm_0414_faults.json, line 9: -5; line 10: 320; line 11: `n/a`; line 16: in 2049; line 17: 2 January 1970;
        # line 18: no device; line 19: no time; line 20: cut off, so that it has neither.
        (READINGS, "bpm_between_0_and_300"): 2,
        (READINGS, "heartrate_is_a_number"): 1,
        (READINGS, "event_time_not_in_future"): 1,
        (READINGS, "event_time_since_2010"): 1,
        (READINGS, "device_id_is_a_number"): 2,
        (READINGS, "event_time_readable"): 2,
        (READINGS, "message_is_one_json_object"): 1,
        # daily_activity_0413.json, line 2: no step.
        (TRACKER, "some_steps"): 1,
    },
    {
        # registered_users_0415.csv, line 5: no user id; line 6: `yesterday`.
        (REGISTRATIONS, "user_id_is_a_number"): 1,
        (REGISTRATIONS, "registered_at_readable"): 1,
        # gym_logins_0415.csv, line 9: gym `one`; line 10: no login.
        (DOORS, "gym_is_a_number"): 1,
        (DOORS, "login_readable"): 1,
        # user_info_0415.json, line 4: zip `98BO5`; line 6: no user id.
        (PROFILES, "zip_is_a_number"): 1,
        (PROFILES, "user_id_is_a_number"): 1,
        # daily_activity_0414.json, line 3: 15 hours in motion and 10 asleep; line 4: cut off, so that it has neither
        # date nor member; line 5: `14/04/2026`; line 6: no user id.
        (TRACKER, "active_and_sleep_within_24_hours"): 1,
        (TRACKER, "record_is_one_json_object"): 1,
        (TRACKER, "date_readable"): 2,
        (TRACKER, "user_id_is_a_number"): 2,
    },
    {
        # workout_0414_sent_again.json is the file of day 1 under another name, lines 15 to 17 included.
        (WORKOUTS, "action_is_start_or_stop"): 1,
        (WORKOUTS, "user_id_is_a_number"): 1,
        (WORKOUTS, "event_time_readable"): 1,
        # daily_activity_0415.json, line 4: `lots` of calories.
        (TRACKER, "calories_burned_is_a_number"): 1,
    },
)
"""Violated rules by day; all others, those of gold among them, are kept by every row."""
