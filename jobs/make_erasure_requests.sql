-- The table of requests, made before the first one. Whoever handles requests adds rows with user_id and requested_at.
--
-- Parameter: requests  full name of the table
CREATE TABLE IF NOT EXISTS IDENTIFIER(:requests) (
  user_id BIGINT NOT NULL COMMENT 'Member who asked to be forgotten',
  requested_at TIMESTAMP NOT NULL COMMENT 'When the request came',
  erased_at TIMESTAMP COMMENT 'When nothing about the member was left in bronze, silver and gold, NULL before'
)
COMMENT 'Requests of members to be forgotten, and when they were. One row per request.';
