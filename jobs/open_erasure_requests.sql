-- How many requests wait. A condition of the job reads the number.
--
-- Parameter: requests  full name of the table
SELECT count(*) AS open_requests FROM IDENTIFIER(:requests) WHERE erased_at IS NULL;
