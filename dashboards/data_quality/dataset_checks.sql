-- The latest answer to each question about a data set as a whole.
SELECT
  checks.dataset,
  checks.check_name,
  checks.engine,
  checks.severity,
  checks.status,
  checks.observed,
  checks.expected_low,
  checks.expected_high,
  checks.checked_at,
  1 AS check_count,
  CASE WHEN checks.status = 'failed' THEN 1 ELSE 0 END AS is_failed,
  CASE WHEN checks.status = 'not_evaluated' THEN 1 ELSE 0 END AS is_not_evaluated
FROM dq_dataset_checks AS checks
JOIN (
  SELECT dataset, check_name, engine, MAX(checked_at) AS checked_at
  FROM dq_dataset_checks
  GROUP BY dataset, check_name, engine
) AS latest
  ON latest.dataset = checks.dataset
  AND latest.check_name = checks.check_name
  AND latest.engine = checks.engine
  AND latest.checked_at = checks.checked_at
