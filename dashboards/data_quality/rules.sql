-- Where each rule stands: its result in the latest update that judged rows, and its status in the latest update of all.
SELECT
  pipeline_name,
  dataset,
  dataset_type,
  expectation,
  COALESCE(status, 'never evaluated') AS status,
  latest_status,
  1 AS rule_count,
  passed,
  failed,
  pass_rate,
  CASE WHEN status IN ('failed', 'violated') THEN 1 ELSE 0 END AS is_broken,
  CASE WHEN status = 'violated' THEN 1 ELSE 0 END AS is_violated,
  CASE WHEN status IS NULL THEN 1 ELSE 0 END AS is_never_evaluated,
  CASE WHEN status IS NULL THEN 0 ELSE 1 END AS is_evaluated,
  action,
  constraint_sql,
  COALESCE(severity, 'unknown') AS severity,
  COALESCE(owner, 'nobody') AS owner,
  source_file,
  source_line,
  evaluated_at
FROM dq_latest_results
