-- Each update that judged rows: the share of all judgements that were good, and how many rules some row violated.
SELECT
  updates.pipeline_name,
  updates.started_at,
  SUM(results.passed) / NULLIF(SUM(results.passed + results.failed), 0) AS pass_rate,
  SUM(CASE WHEN results.failed > 0 THEN 1 ELSE 0 END) AS broken_rules,
  COUNT(results.expectation) AS evaluated_rules
FROM dq_updates AS updates
JOIN dq_expectation_results AS results ON results.update_id = updates.update_id
WHERE results.status IN ('passed', 'failed', 'violated')
GROUP BY updates.pipeline_name, updates.update_id, updates.started_at
