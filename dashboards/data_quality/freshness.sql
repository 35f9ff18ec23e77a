-- When each data set last got rows, and what its flows did in their latest run.
SELECT
  runs.dataset,
  MAX(runs.last_rows_at) AS last_rows_at,
  MAX(runs.ended_at) AS last_run_at,
  MAX(runs.backlog_records) AS most_backlog_records
FROM dq_flow_runs AS runs
GROUP BY runs.dataset
