-- Stops a job whose data cannot be trusted: fails with the names of the rules that too many rows violate, and of the
-- critical checks of data sets that fail.
--
-- Parameters: event_log   full name of the published event log
--             ops_schema  catalog.schema of the tables that quality_results.sql makes
--             fail_under  smallest share of rows that has to keep each rule, such as 0.98
--
-- Judged is the latest update of the log. If it had nothing to do, no table has changed, and what counts is the latest
-- update before it that did something. Of a materialized view that was not computed again, the latest result holds. An
-- update that failed or is unknown, and one without any evaluated rule, do not pass. Of the checks of whole data sets, which
-- are asked after every update, those count that were asked last.

WITH logged AS (
  SELECT origin.update_id AS update_id, min(timestamp) AS started_at
  FROM IDENTIFIER(:event_log)
  WHERE event_type = 'create_update'
    AND origin.update_id IS NOT NULL
    AND coalesce(get_json_object(details, '$.create_update.validate_only'), 'false') <> 'true'
  GROUP BY origin.update_id
),
known AS (
  SELECT
    logged.update_id,
    logged.started_at,
    updates.state,
    updates.rows_out > 0 OR updates.rows_dropped > 0 OR coalesce(updates.state, '') <> 'COMPLETED' AS has_news
  FROM logged
  LEFT JOIN IDENTIFIER(:ops_schema || '.dq_updates') AS updates ON updates.update_id = logged.update_id
),
latest AS (
  SELECT max_by(update_id, started_at) AS update_id, max_by(state, started_at) AS state
  FROM known
  WHERE has_news
),
results AS (
  SELECT dataset, expectation, status, passed, failed, pass_rate
  FROM IDENTIFIER(:ops_schema || '.dq_latest_results')
  WHERE latest_update_id = (SELECT update_id FROM latest)
    AND pass_rate IS NOT NULL
    AND (evaluated_update_id = latest_update_id OR latest_status = 'unchanged')
),
breaches AS (
  SELECT
    pass_rate,
    concat(
      dataset, '.', expectation, ' (',
      CASE WHEN status = 'violated' THEN 'stopped the update' ELSE concat(failed, ' of ', passed + failed, ' rows') END, ')'
    ) AS rule
  FROM results
  WHERE pass_rate < CAST(:fail_under AS DOUBLE)
),
checked AS (
  SELECT max_by(checks.update_id, logged.started_at) AS update_id
  FROM IDENTIFIER(:ops_schema || '.dq_dataset_checks') AS checks
  JOIN logged ON logged.update_id = checks.update_id
),
failed_checks AS (
  SELECT concat(dataset, '.', check_name) AS name
  FROM IDENTIFIER(:ops_schema || '.dq_dataset_checks')
  WHERE update_id = (SELECT update_id FROM checked) AND severity = 'critical' AND status = 'failed'
),
verdict AS (
  SELECT
    latest.update_id,
    latest.state,
    (SELECT array_join(slice(array_sort(collect_list(name)), 1, 20), ', ') FROM failed_checks) AS checks,
    (SELECT count(*) FROM failed_checks) AS failed_checks,
    (SELECT update_id FROM checked) AS checked_update_id,
    (SELECT count(*) FROM results) AS evaluated,
    (SELECT count(*) FROM breaches) AS breached,
    (
      SELECT array_join(transform(slice(array_sort(collect_list(struct(pass_rate, rule))), 1, 20), worst -> worst.rule), ', ')
      FROM breaches
    ) AS rules
  FROM latest
)
SELECT
  CASE
    WHEN update_id IS NULL THEN
      raise_error('Quality gate: the event log knows no update that changed anything, so that nothing can be judged.')
    WHEN state IS NULL THEN
      raise_error(concat('Quality gate: update ', update_id, ' is not in dq_updates. Run quality_results.sql first.'))
    WHEN breached > 0 THEN
      raise_error(concat(
        'Quality gate: update ', update_id, ' is ', state, ', ', breached, ' of ', evaluated, ' rules are kept by less than ',
        :fail_under, ' of the rows: ', rules
      ))
    WHEN failed_checks > 0 THEN
      raise_error(concat(
        'Quality gate: after update ', checked_update_id, ' these critical checks of data sets fail: ', checks
      ))
    WHEN state <> 'COMPLETED' THEN
      raise_error(concat('Quality gate: update ', update_id, ' is ', state, ', not COMPLETED.'))
    WHEN evaluated = 0 THEN
      raise_error(concat('Quality gate: update ', update_id, ' evaluated no rule, so that its data are not judged.'))
    ELSE concat('Update ', update_id, ': ', evaluated, ' rules are kept by at least ', :fail_under, ' of the rows.')
  END AS verdict
FROM verdict;
