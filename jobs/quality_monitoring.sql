-- Questions about data sets as a whole that the quality tables and the event log answer: is it fresh, did it get as many
-- rows as usual, does it fall behind, has its schema changed? Written into dq_dataset_checks with engine sql.
--
-- Parameters: event_log   full name of the published event log
--             ops_schema  catalog.schema of the tables that quality_results.sql and quality_rules.sql make
--             as_of       the time that freshness is judged at, such as 2026-04-16T06:00:00Z, or empty for now
--
-- fresh     seconds since the data set last got rows, of data sets with an objective max_staleness_s
-- lag       seconds by which its source was behind in the update, under the same objective, where the source can say
-- min_rows  rows that the data set has been given, a materialized view its latest, of data sets with an objective min_rows
-- volume    rows that the update wrote, against the median of up to 30 earlier updates that wrote some, if three did
-- backlog   records that waited at the source, against that median in the same way, where the source can say
-- schema    1 if the columns or types that its flows write have changed since the update before that told them
--
-- dq_slo decides how grave it is: red makes a failed check critical, amber a warning. Each update that has ended is judged
-- once, and of earlier updates than the latest, freshness is that at their end.

INSERT INTO IDENTIFIER(:ops_schema || '.dq_dataset_checks')
WITH ended AS (
  SELECT
    pipeline_id,
    update_id,
    started_at,
    rows_out + rows_dropped > 0 AS has_news,
    update_id NOT IN (
      SELECT update_id FROM IDENTIFIER(:ops_schema || '.dq_dataset_checks') WHERE engine = 'sql'
    ) AS is_new,
    CASE
      WHEN started_at < max(started_at) OVER (PARTITION BY pipeline_id) THEN ended_at
      ELSE coalesce(CAST(nullif(:as_of, '') AS TIMESTAMP), current_timestamp())
    END AS judged_at
  FROM IDENTIFIER(:ops_schema || '.dq_updates')
  WHERE ended_at IS NOT NULL
),
kinds AS (
  SELECT dataset, max(dataset_type) AS dataset_type
  FROM IDENTIFIER(:ops_schema || '.dq_expectation_results')
  GROUP BY dataset
),
written AS (
  SELECT
    ended.pipeline_id,
    ended.update_id,
    ended.started_at,
    ended.judged_at,
    ended.has_news,
    ended.is_new,
    runs.dataset,
    coalesce(max(kinds.dataset_type), '') = 'MATERIALIZED_VIEW' AS is_view,
    sum(runs.rows_out) AS rows_out,
    max(runs.last_rows_at) AS last_rows_at,
    max(runs.backlog_records) AS backlog_records,
    max(runs.backlog_s) AS backlog_s
  FROM IDENTIFIER(:ops_schema || '.dq_flow_runs') AS runs
  JOIN ended ON ended.update_id = runs.update_id
  LEFT JOIN kinds ON kinds.dataset = runs.dataset
  WHERE runs.dataset IS NOT NULL
  GROUP BY
    ended.pipeline_id, ended.update_id, ended.started_at, ended.judged_at, ended.has_news, ended.is_new, runs.dataset
),
history AS (
  SELECT
    *,
    max(last_rows_at) OVER (PARTITION BY pipeline_id, dataset ORDER BY started_at) AS newest_at,
    sum(rows_out) OVER (PARTITION BY pipeline_id, dataset ORDER BY started_at) AS rows_given,
    max_by(rows_out, CASE WHEN rows_out > 0 THEN started_at END)
      OVER (PARTITION BY pipeline_id, dataset ORDER BY started_at) AS rows_of_view,
    array_sort(collect_list(nullif(rows_out, 0)) OVER (
      PARTITION BY pipeline_id, dataset ORDER BY started_at ROWS BETWEEN 30 PRECEDING AND 1 PRECEDING
    )) AS earlier_rows,
    array_sort(collect_list(nullif(backlog_records, 0)) OVER (
      PARTITION BY pipeline_id, dataset ORDER BY started_at ROWS BETWEEN 30 PRECEDING AND 1 PRECEDING
    )) AS earlier_backlog
  FROM written
),
named AS (
  SELECT history.dataset, max_by(slo.dataset, (slo.dataset = history.dataset, slo.dataset)) AS slo_dataset
  FROM (SELECT DISTINCT dataset FROM history) AS history
  JOIN (SELECT DISTINCT dataset FROM IDENTIFIER(:ops_schema || '.dq_slo') WHERE expectation IS NULL) AS slo
    ON substring_index(slo.dataset, '.', -1) = substring_index(history.dataset, '.', -1)
  GROUP BY history.dataset
),
judged AS (
  SELECT
    history.*,
    slo.min_rows,
    slo.max_staleness_s,
    slo.on_breach,
    size(earlier_rows) AS updates_with_rows,
    (get(earlier_rows, (size(earlier_rows) - 1) DIV 2) + get(earlier_rows, size(earlier_rows) DIV 2)) / 2 AS usual_rows,
    size(earlier_backlog) AS updates_with_backlog,
    (get(earlier_backlog, (size(earlier_backlog) - 1) DIV 2) + get(earlier_backlog, size(earlier_backlog) DIV 2)) / 2
      AS usual_backlog
  FROM history
  LEFT JOIN named ON named.dataset = history.dataset
  LEFT JOIN IDENTIFIER(:ops_schema || '.dq_slo') AS slo
    ON slo.dataset = named.slo_dataset AND slo.expectation IS NULL
  WHERE history.is_new
),
told AS (
  SELECT
    ended.pipeline_id,
    ended.update_id,
    ended.started_at,
    ended.judged_at,
    ended.is_new,
    substring_index(log.origin.dataset_name, '.', -2) AS dataset,
    sha2(array_join(array_sort(collect_set(coalesce(
      get_json_object(log.details, '$.flow_definition.schema_json'),
      get_json_object(log.details, '$.flow_definition.schema')
    ))), '\n'), 256) AS schema_hash
  FROM IDENTIFIER(:event_log) AS log
  JOIN ended ON ended.update_id = log.origin.update_id AND ended.is_new
  WHERE log.event_type = 'flow_definition' AND log.origin.dataset_name IS NOT NULL
  GROUP BY
    ended.pipeline_id, ended.update_id, ended.started_at, ended.judged_at, ended.is_new, log.origin.dataset_name
  UNION ALL
  SELECT
    ended.pipeline_id,
    ended.update_id,
    ended.started_at,
    ended.judged_at,
    ended.is_new,
    known.dataset,
    get_json_object(known.details_json, '$.schema_hash') AS schema_hash
  FROM IDENTIFIER(:ops_schema || '.dq_dataset_checks') AS known
  JOIN ended ON ended.update_id = known.update_id AND NOT ended.is_new
  WHERE known.engine = 'sql' AND known.check_name = 'schema'
),
schemas AS (
  SELECT
    *,
    lag(schema_hash) OVER (PARTITION BY pipeline_id, dataset ORDER BY started_at) AS earlier_hash
  FROM told
),
checks AS (
  SELECT
    update_id, dataset, 'fresh' AS check_name, on_breach,
    CAST(unix_seconds(judged_at) - unix_seconds(newest_at) AS DOUBLE) AS observed,
    CAST(NULL AS DOUBLE) AS expected_low,
    CAST(max_staleness_s AS DOUBLE) AS expected_high,
    CASE WHEN newest_at IS NULL THEN 'It never got a row.' END AS reason,
    newest_at IS NULL AS is_bad,
    false AS is_unknown,
    CAST(NULL AS STRING) AS schema_hash,
    judged_at
  FROM judged
  WHERE max_staleness_s IS NOT NULL
  UNION ALL
  SELECT
    update_id, dataset, 'lag', on_breach, backlog_s, NULL, CAST(max_staleness_s AS DOUBLE), NULL, false, false, NULL, judged_at
  FROM judged
  WHERE max_staleness_s IS NOT NULL AND backlog_s IS NOT NULL
  UNION ALL
  SELECT
    update_id, dataset, 'min_rows', on_breach,
    CAST(CASE WHEN is_view THEN coalesce(rows_of_view, 0) ELSE rows_given END AS DOUBLE), CAST(min_rows AS DOUBLE), NULL, NULL,
    false, false, NULL, judged_at
  FROM judged
  WHERE min_rows IS NOT NULL
  UNION ALL
  SELECT
    update_id, dataset, 'volume', on_breach, CAST(rows_out AS DOUBLE), usual_rows / 5, usual_rows * 5,
    CASE WHEN updates_with_rows < 3 THEN 'Fewer than three earlier updates wrote rows.' END,
    false, updates_with_rows < 3, NULL, judged_at
  FROM judged
  WHERE has_news
    AND (rows_out > 0 OR on_breach IS NOT NULL AND NOT is_view)
    AND (updates_with_rows >= 3 OR on_breach IS NOT NULL)
  UNION ALL
  SELECT
    update_id, dataset, 'backlog', on_breach, CAST(backlog_records AS DOUBLE), NULL, usual_backlog * 5,
    CASE WHEN updates_with_backlog < 3 THEN 'Fewer than three earlier updates had a backlog.' END,
    false, updates_with_backlog < 3, NULL, judged_at
  FROM judged
  WHERE backlog_records IS NOT NULL AND (updates_with_backlog >= 3 OR on_breach IS NOT NULL)
  UNION ALL
  SELECT
    update_id, dataset, 'schema', 'amber', CAST(CASE WHEN schema_hash <> earlier_hash THEN 1 ELSE 0 END AS DOUBLE), NULL, 0D,
    CASE WHEN earlier_hash IS NULL THEN 'No earlier update told its schema.' END,
    false, earlier_hash IS NULL, schema_hash, judged_at
  FROM schemas
  WHERE is_new
)
SELECT
  update_id,
  dataset,
  check_name,
  'sql' AS engine,
  CASE on_breach WHEN 'red' THEN 'critical' WHEN 'amber' THEN 'warning' ELSE 'info' END AS severity,
  CASE
    WHEN is_bad OR (NOT is_unknown AND (observed < expected_low OR observed > expected_high)) THEN 'failed'
    WHEN is_unknown THEN 'not_evaluated'
    ELSE 'passed'
  END AS status,
  observed,
  expected_low,
  expected_high,
  to_json(named_struct('reason', reason, 'schema_hash', schema_hash)) AS details_json,
  judged_at AS checked_at
FROM checks;
