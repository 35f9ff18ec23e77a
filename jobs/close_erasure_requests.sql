-- Requests that were open when the run started are done; later ones wait for the next run.
UPDATE IDENTIFIER(:requests)
SET erased_at = current_timestamp()
WHERE erased_at IS NULL AND requested_at <= CAST(:started_at AS TIMESTAMP);
