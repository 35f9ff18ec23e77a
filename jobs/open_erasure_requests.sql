-- How many members wait to be forgotten. Whoever handles requests adds rows with user_id and requested_at.
CREATE TABLE IF NOT EXISTS IDENTIFIER(:requests) (
  user_id BIGINT NOT NULL COMMENT 'Member who asked to be forgotten',
  requested_at TIMESTAMP NOT NULL COMMENT 'When the request came',
  erased_at TIMESTAMP COMMENT 'When nothing was left in bronze, silver and gold; NULL while the request is open'
)
COMMENT 'Requests of members to be forgotten, and when they were';

SELECT count(*) AS open_requests FROM IDENTIFIER(:requests) WHERE erased_at IS NULL;
