-- Requests that were there when the run started are done, later ones wait for the next run.
--
-- Parameters: requests    full name of the table
--             started_at  when the run started, ISO 8601
UPDATE IDENTIFIER(:requests)
SET erased_at = current_timestamp()
WHERE erased_at IS NULL AND requested_at <= CAST(:started_at AS TIMESTAMP);
