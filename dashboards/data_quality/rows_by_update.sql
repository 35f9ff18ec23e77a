-- Rows that each update took in, and rows that rules dropped.
SELECT pipeline_name, started_at, 'taken in' AS kind, rows_in AS row_count FROM dq_updates
UNION ALL
SELECT pipeline_name, started_at, 'dropped' AS kind, rows_dropped AS row_count FROM dq_updates
