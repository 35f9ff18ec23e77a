-- The quality tables of `ops`, made from a pipeline's event log.
--
-- Parameters: event_log    full name of the published event log
--             ops_schema   catalog.schema of the tables made here
--             gold_schema  catalog.schema of data_quality_daily
--
-- What the log does not know of a rule comes from dq_rules, which quality_rules.sql makes and which has to be there. A
-- deployment may call schemas otherwise than rule files do: if no data set has the full name, the table's name decides.
--
-- Only updates that the tables do not yet know as ended are read, so that a second run changes nothing, and what the log
-- no longer holds stays known here. dq_updates is written last: an interrupted run is made good by the next one.
-- The text is plain Spark SQL: it runs on a warehouse and on open-source Spark with Delta.

CREATE TABLE IF NOT EXISTS IDENTIFIER(:ops_schema || '.dq_updates') (
  update_id STRING COMMENT 'Update',
  pipeline_id STRING COMMENT 'Pipeline',
  pipeline_name STRING COMMENT 'Name of the pipeline when it ran',
  source STRING COMMENT 'databricks or local',
  git_sha STRING COMMENT 'Commit of the sources, NULL as the event log does not know it',
  started_at TIMESTAMP COMMENT 'First event of the update',
  ended_at TIMESTAMP COMMENT 'When it ended, NULL while it runs, or if it was killed',
  state STRING COMMENT 'Latest state: COMPLETED, FAILED, CANCELED, or one on the way to these',
  rows_in BIGINT COMMENT 'Rows read from outside: written or dropped by flows that read no data set',
  rows_out BIGINT COMMENT 'Rows written by all flows: appended, recomputed, upserted or deleted',
  rows_dropped BIGINT COMMENT 'Rows dropped by rules'
) COMMENT 'Updates of pipelines. One row per update (update_id).';

CREATE TABLE IF NOT EXISTS IDENTIFIER(:ops_schema || '.dq_flow_runs') (
  update_id STRING COMMENT 'Update',
  flow_name STRING COMMENT 'Flow',
  dataset STRING COMMENT 'Data set that it writes, as schema.name, or the sink of a flow into a sink',
  status STRING COMMENT 'Latest status: COMPLETED, FAILED, SKIPPED, EXCLUDED, STOPPED, or one on the way to these',
  started_at TIMESTAMP COMMENT 'First event of the flow in the update',
  ended_at TIMESTAMP COMMENT 'Last event of the flow in the update',
  rows_out BIGINT COMMENT 'Rows written: appended, recomputed, upserted or deleted',
  rows_dropped BIGINT COMMENT 'Rows dropped by rules',
  takes_in BOOLEAN COMMENT 'Whether it reads from outside: no data set of the pipeline',
  last_rows_at TIMESTAMP COMMENT 'When it last wrote rows, NULL if it wrote none',
  backlog_records BIGINT COMMENT 'Most records that waited at the source, NULL if the source cannot say',
  backlog_bytes BIGINT COMMENT 'Most bytes that waited, NULL if the source cannot say',
  backlog_files BIGINT COMMENT 'Most files that waited, NULL if the source cannot say',
  backlog_s DOUBLE COMMENT 'Longest time in seconds by which it was behind, NULL if the source cannot say'
) COMMENT 'Runs of flows. One row per update and flow (update_id, flow_name).';

CREATE TABLE IF NOT EXISTS IDENTIFIER(:ops_schema || '.dq_expectation_results') (
  update_id STRING COMMENT 'Update',
  flow_name STRING COMMENT 'Flow that counted, of a view the flow that read it',
  dataset STRING COMMENT 'Data set that declares the rule, as schema.name, or a view by its name',
  dataset_type STRING COMMENT 'STREAMING_TABLE: rates are about new rows, MATERIALIZED_VIEW: about all rows, VIEW: as its reader, NULL if not logged',
  expectation STRING COMMENT 'Name of the rule',
  status STRING COMMENT 'passed, failed (some row violates it), violated (a row stopped the flow), no_data (no row to judge), unchanged (the view was not computed again, its latest result holds), uncounted (no row stopped the flow, which the log does not count) or not_run (the flow did not end)',
  passed BIGINT COMMENT 'Rows that keep the rule, summed over micro-batches',
  failed BIGINT COMMENT 'Rows that violate it, of violated at least the one that stopped the flow',
  failed_rate DOUBLE COMMENT 'failed as a share of all judged rows, NULL if there are none, or if a row stopped the flow',
  action STRING COMMENT 'What a violation does, as logged, NULL if not logged',
  constraint_sql STRING COMMENT 'Condition of the rule, NULL if not logged',
  rule_fingerprint STRING COMMENT 'Changes with data set, name, condition or action, NULL if these are not logged',
  severity STRING COMMENT 'critical, warning or info, NULL if no rule file has the rule',
  dimension STRING COMMENT 'What kind of fault: completeness, validity, uniqueness, consistency, timeliness or accuracy',
  owner STRING COMMENT 'Team that answers for the data set',
  source_file STRING COMMENT 'Rule file',
  source_line INT COMMENT 'Line of the rule in it'
) COMMENT 'Results of rules. One row per update, flow and rule (update_id, flow_name, dataset, expectation).';

CREATE TABLE IF NOT EXISTS IDENTIFIER(:ops_schema || '.dq_latest_results') (
  pipeline_id STRING COMMENT 'Pipeline',
  pipeline_name STRING COMMENT 'Name of the pipeline when it last ran',
  dataset STRING COMMENT 'Data set that declares the rule, as schema.name, or a view by its name',
  dataset_type STRING COMMENT 'STREAMING_TABLE: rates are about new rows, MATERIALIZED_VIEW: about all rows, VIEW: as its reader, NULL if not logged',
  expectation STRING COMMENT 'Name of the rule',
  latest_update_id STRING COMMENT 'Latest update of the pipeline that knew of rules',
  latest_status STRING COMMENT 'Status of the rule in that update: passed, failed, violated, no_data, unchanged, uncounted or not_run',
  evaluated_update_id STRING COMMENT 'Latest update in which the rule judged rows, which may be that one, NULL if none did',
  evaluated_at TIMESTAMP COMMENT 'When the update began in which the rule judged rows, NULL if none did',
  status STRING COMMENT 'Status in the update in which it judged rows: passed, failed or violated, NULL if none did',
  passed BIGINT COMMENT 'Rows that kept the rule then, in all flows',
  failed BIGINT COMMENT 'Rows that violated it then',
  pass_rate DOUBLE COMMENT 'passed as a share of all judged rows, 0 if a row stopped the flow, NULL if none were judged',
  action STRING COMMENT 'What a violation does, as logged, NULL if not logged',
  constraint_sql STRING COMMENT 'Condition of the rule, NULL if not logged',
  severity STRING COMMENT 'critical, warning or info, NULL if no rule file has the rule',
  dimension STRING COMMENT 'What kind of fault: completeness, validity, uniqueness, consistency, timeliness or accuracy',
  owner STRING COMMENT 'Team that answers for the data set',
  source_file STRING COMMENT 'Rule file',
  source_line INT COMMENT 'Line of the rule in it'
) COMMENT 'Where each rule of each pipeline stands. One row per pipeline, data set and rule of its latest update.';

CREATE TABLE IF NOT EXISTS IDENTIFIER(:ops_schema || '.dq_feed_rules_daily') (
  feed STRING COMMENT 'Feed: a folder of the landing zone, or a topic',
  rule STRING COMMENT 'Name of the rule',
  date DATE COMMENT 'Local day on which bronze took the rows in',
  passed BIGINT COMMENT 'Rows that keep the rule, also those that violate another',
  failed BIGINT COMMENT 'Rows that violate it',
  quarantined BIGINT COMMENT 'Of these, rows in quarantine, for this rule or another, the others are only flagged'
) COMMENT 'data_quality_daily of gold as of the latest update, for who may see ops only. One row per feed, rule and day.';

CREATE TABLE IF NOT EXISTS IDENTIFIER(:ops_schema || '.dq_dataset_checks') (
  update_id STRING COMMENT 'Update after which the data set was checked',
  dataset STRING COMMENT 'Data set, as schema.name',
  check_name STRING COMMENT 'Name of the check',
  engine STRING COMMENT 'Who checked: sql (quality_monitoring.sql) or gx (dataset_checks.py)',
  severity STRING COMMENT 'critical, warning or info: a critical check that fails closes the gate',
  status STRING COMMENT 'passed, failed or not_evaluated (details_json says why)',
  observed DOUBLE COMMENT 'What was measured, NULL if nothing was',
  expected_low DOUBLE COMMENT 'Smallest good value, NULL if there is no such limit',
  expected_high DOUBLE COMMENT 'Largest good value, NULL if there is no such limit',
  details_json STRING COMMENT 'More about the result, without rows of data',
  checked_at TIMESTAMP COMMENT 'When it was checked'
) COMMENT 'Results of checks of data sets as a whole. One row per update, data set, check and engine.';

CREATE TABLE IF NOT EXISTS IDENTIFIER(:ops_schema || '.dq_failed_samples') (
  update_id STRING COMMENT 'Update in which the rule judged the row',
  dataset STRING COMMENT 'Data set that declares the rule, as schema.name',
  expectation STRING COMMENT 'Name of the rule',
  keys STRING COMMENT 'Columns that tell the row, as a JSON object, NULL if the rule file names none',
  reason STRING COMMENT 'All rules that the row violates, with commas between',
  observed STRING COMMENT 'What the rule file wants shown of the row, NULL if nothing',
  source_file STRING COMMENT 'File that brought the row, NULL if none did or it is not known',
  topic STRING COMMENT 'Kafka topic, NULL for rows of files',
  partition INT COMMENT 'Kafka partition, NULL for rows of files',
  offset BIGINT COMMENT 'Kafka offset, NULL for rows of files'
) COMMENT 'Rows that violate a rule, by their keys only, at most 20 per update and rule.';

MERGE INTO IDENTIFIER(:ops_schema || '.dq_flow_runs') AS known
USING (
  WITH event AS (
    SELECT
      origin.update_id AS update_id,
      origin.flow_name AS flow_name,
      coalesce(origin.dataset_name, origin.sink_name) AS dataset,
      timestamp,
      event_type,
      get_json_object(details, '$.flow_definition.input_datasets') AS input_datasets,
      get_json_object(details, '$.flow_progress.status') AS status,
      get_json_object(details, '$.flow_progress.metrics') AS metrics,
      get_json_object(details, '$.flow_progress.data_quality.dropped_records') AS rows_dropped
    FROM IDENTIFIER(:event_log)
    WHERE event_type IN ('flow_progress', 'flow_definition')
      AND origin.flow_name <> 'pipelines.flowTimeMetrics.missingFlowName'
      AND origin.update_id IS NOT NULL
      AND origin.update_id NOT IN (
        SELECT update_id FROM IDENTIFIER(:ops_schema || '.dq_updates') WHERE ended_at IS NOT NULL
      )
  ),
  measured AS (
    SELECT
      *,
      from_json(metrics, '
        num_output_rows BIGINT, num_upserted_rows BIGINT, num_deleted_rows BIGINT,
        backlog_records BIGINT, backlog_bytes BIGINT, backlog_files BIGINT, backlog_seconds DOUBLE
      ') AS metric
    FROM event
  ),
  written AS (
    SELECT
      *,
      coalesce(metric.num_output_rows, 0) + coalesce(metric.num_upserted_rows, 0) + coalesce(metric.num_deleted_rows, 0)
        AS rows_out
    FROM measured
  )
  SELECT
    update_id,
    flow_name,
    substring_index(max(dataset), '.', -2) AS dataset,
    max_by(status, CASE WHEN status IS NOT NULL THEN timestamp END) AS status,
    min(CASE WHEN event_type = 'flow_progress' THEN timestamp END) AS started_at,
    max(CASE WHEN event_type = 'flow_progress' THEN timestamp END) AS ended_at,
    sum(rows_out) AS rows_out,
    coalesce(sum(CAST(rows_dropped AS BIGINT)), 0) AS rows_dropped,
    coalesce(max(event_type = 'flow_definition' AND coalesce(input_datasets, '[]') = '[]'), false) AS takes_in,
    max(CASE WHEN rows_out > 0 THEN timestamp END) AS last_rows_at,
    max(metric.backlog_records) AS backlog_records,
    max(metric.backlog_bytes) AS backlog_bytes,
    max(metric.backlog_files) AS backlog_files,
    max(metric.backlog_seconds) AS backlog_s
  FROM written
  GROUP BY update_id, flow_name
  HAVING max(event_type = 'flow_progress')
) AS logged
ON known.update_id = logged.update_id AND known.flow_name = logged.flow_name
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;

MERGE INTO IDENTIFIER(:ops_schema || '.dq_expectation_results') AS known
USING (
  -- A rule is counted by each micro-batch, declared by its data set, and named by the error if a row stopped the flow:
  -- such a rule is counted nowhere, and named once per attempt.
  WITH event AS (
    SELECT
      origin.update_id AS update_id,
      origin.flow_name AS flow_name,
      origin.dataset_name AS written,
      get_json_object(details, '$.dataset_definition.dataset_type') AS dataset_type,
      get_json_object(details, '$.flow_progress.data_quality.expectations') AS counted,
      get_json_object(details, '$.dataset_definition.expectations') AS declared,
      regexp_extract(
        array_join(transform(error.exceptions, exception -> exception.message), '\n'),
        "EXPECTATION_VIOLATION[^\n]*?Violated expectations: '(.*?)'[.] Input data: ", 1
      ) AS stopping
    FROM IDENTIFIER(:event_log)
    WHERE event_type IN ('flow_progress', 'dataset_definition')
      AND origin.update_id IS NOT NULL
      AND origin.update_id NOT IN (
        SELECT update_id FROM IDENTIFIER(:ops_schema || '.dq_updates') WHERE ended_at IS NOT NULL
      )
  ),
  mentioned AS (
    SELECT
      update_id,
      flow_name,
      dataset_type,
      coalesce(rule.dataset, written) AS dataset,
      rule.name,
      rule.passed_records AS passed,
      rule.failed_records AS failed,
      rule.expression,
      rule.action,
      declared IS NOT NULL AS is_declared,
      counted IS NULL AND declared IS NULL AS is_stopping
    FROM event
    LATERAL VIEW explode(from_json(
      coalesce(counted, declared, to_json(transform(split(stopping, ', '), name -> named_struct('name', name)))),
      'array<struct<
        name: string, dataset: string, passed_records: bigint, failed_records: bigint, expression: string, action: string
      >>'
    )) AS rule
    WHERE (counted IS NOT NULL OR declared IS NOT NULL OR stopping <> '') AND rule.name IS NOT NULL
  ),
  -- A flow is stopped by a rule of the data set that it writes, or else of a view that it reads.
  placed AS (
    SELECT
      update_id,
      flow_name,
      CASE
        WHEN is_stopping AND NOT max(is_declared) OVER (PARTITION BY update_id, dataset, name) THEN
          coalesce(
            min(CASE WHEN lower(action) = 'fail' THEN dataset END) OVER (PARTITION BY update_id, name), dataset
          )
        ELSE dataset
      END AS dataset,
      dataset_type,
      name,
      passed,
      failed,
      expression,
      action,
      is_declared,
      is_stopping
    FROM mentioned
  ),
  described AS (
    SELECT
      update_id,
      flow_name,
      dataset,
      name,
      passed,
      failed,
      is_declared,
      is_stopping,
      max(dataset_type) OVER (PARTITION BY update_id, dataset, name) AS dataset_type,
      max(expression) OVER (PARTITION BY update_id, dataset, name) AS expression,
      max(action) OVER (PARTITION BY update_id, dataset, name) AS action,
      min(is_declared) OVER (PARTITION BY update_id, dataset, name) AS is_unjudged
    FROM placed
  ),
  summed AS (
    SELECT
      update_id,
      flow_name,
      substring_index(dataset, '.', -2) AS dataset,
      dataset_type,
      name,
      expression,
      action,
      is_unjudged,
      max(is_stopping) AS is_stopping,
      coalesce(sum(passed), 0) AS passed,
      coalesce(sum(failed), 0) + max(CASE WHEN is_stopping THEN 1 ELSE 0 END) AS failed
    FROM described
    WHERE is_unjudged OR NOT is_declared
    GROUP BY update_id, flow_name, dataset, dataset_type, name, expression, action, is_unjudged
  ),
  writing AS (
    SELECT
      update_id,
      dataset,
      min(flow_name) AS flow_name,
      min(status = 'COMPLETED') AS is_completed,
      min(status IN ('COMPLETED', 'IDLE', 'RUNNING')) AS has_run,
      sum(rows_out) AS rows_out
    FROM IDENTIFIER(:ops_schema || '.dq_flow_runs')
    GROUP BY update_id, dataset
  ),
  named AS (
    SELECT summed.dataset, max_by(rules.dataset, (rules.dataset = summed.dataset, rules.dataset)) AS rule_dataset
    FROM (SELECT DISTINCT dataset FROM summed) AS summed
    JOIN (SELECT DISTINCT dataset FROM IDENTIFIER(:ops_schema || '.dq_rules')) AS rules
      ON substring_index(rules.dataset, '.', -1) = substring_index(summed.dataset, '.', -1)
    GROUP BY summed.dataset
  )
  SELECT
    summed.update_id,
    coalesce(summed.flow_name, writing.flow_name, summed.dataset) AS flow_name,
    summed.dataset,
    summed.dataset_type,
    summed.name AS expectation,
    CASE
      WHEN is_stopping THEN 'violated'
      WHEN failed > 0 THEN 'failed'
      WHEN passed > 0 THEN 'passed'
      WHEN NOT is_unjudged OR summed.dataset_type = 'VIEW' THEN 'no_data'
      WHEN is_completed AND lower(summed.action) = 'fail' AND writing.rows_out > 0 THEN 'uncounted'
      WHEN is_completed AND summed.dataset_type = 'MATERIALIZED_VIEW' THEN 'unchanged'
      WHEN has_run THEN 'no_data'
      ELSE 'not_run'
    END AS status,
    passed,
    failed,
    CASE WHEN NOT is_stopping THEN failed / nullif(passed + failed, 0) END AS failed_rate,
    summed.action,
    expression AS constraint_sql,
    CASE WHEN expression IS NOT NULL AND summed.action IS NOT NULL THEN
      sha2(concat_ws('\n', summed.dataset, name, expression, summed.action), 256)
    END AS rule_fingerprint,
    rules.severity,
    rules.dimension,
    rules.owner,
    rules.source_file,
    rules.source_line
  FROM summed
  LEFT JOIN writing ON writing.update_id = summed.update_id AND writing.dataset = summed.dataset
  LEFT JOIN named ON named.dataset = summed.dataset
  LEFT JOIN IDENTIFIER(:ops_schema || '.dq_rules') AS rules
    ON rules.dataset = named.rule_dataset AND rules.expectation = summed.name
) AS logged
ON known.update_id = logged.update_id
  AND known.flow_name = logged.flow_name
  AND known.dataset = logged.dataset
  AND known.expectation = logged.expectation
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;

MERGE INTO IDENTIFIER(:ops_schema || '.dq_updates') AS known
USING (
  WITH event AS (
    SELECT
      origin.update_id AS update_id,
      origin.pipeline_id AS pipeline_id,
      origin.pipeline_name AS pipeline_name,
      origin.cloud AS cloud,
      timestamp,
      get_json_object(details, '$.update_progress.state') AS state
    FROM IDENTIFIER(:event_log)
    WHERE origin.update_id IS NOT NULL
      AND origin.update_id NOT IN (
        SELECT update_id FROM IDENTIFIER(:ops_schema || '.dq_updates') WHERE ended_at IS NOT NULL
      )
  ),
  moved AS (
    SELECT
      update_id,
      sum(CASE WHEN takes_in THEN rows_out + rows_dropped END) AS rows_in,
      sum(rows_out) AS rows_out,
      sum(rows_dropped) AS rows_dropped
    FROM IDENTIFIER(:ops_schema || '.dq_flow_runs')
    GROUP BY update_id
  ),
  updates AS (
    SELECT
      update_id,
      max(pipeline_id) AS pipeline_id,
      max(pipeline_name) AS pipeline_name,
      CASE WHEN max(cloud) = 'local' THEN 'local' ELSE 'databricks' END AS source,
      min(timestamp) AS started_at,
      max(CASE WHEN state IN ('COMPLETED', 'FAILED', 'CANCELED') THEN timestamp END) AS ended_at,
      max_by(state, CASE WHEN state IS NOT NULL THEN timestamp END) AS state
    FROM event
    GROUP BY update_id
  )
  SELECT
    updates.update_id,
    updates.pipeline_id,
    updates.pipeline_name,
    updates.source,
    CAST(NULL AS STRING) AS git_sha,
    updates.started_at,
    updates.ended_at,
    updates.state,
    coalesce(moved.rows_in, 0) AS rows_in,
    coalesce(moved.rows_out, 0) AS rows_out,
    coalesce(moved.rows_dropped, 0) AS rows_dropped
  FROM updates
  LEFT JOIN moved ON moved.update_id = updates.update_id
) AS logged
ON known.update_id = logged.update_id
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;

INSERT OVERWRITE IDENTIFIER(:ops_schema || '.dq_latest_results')
WITH result AS (
  SELECT
    updates.pipeline_id,
    updates.pipeline_name,
    updates.update_id,
    updates.started_at,
    result.dataset,
    result.dataset_type,
    result.expectation,
    CASE
      WHEN max(CASE WHEN result.status = 'violated' THEN 1 ELSE 0 END) = 1 THEN 'violated'
      WHEN sum(result.failed) > 0 THEN 'failed'
      WHEN sum(result.passed) > 0 THEN 'passed'
      ELSE max(result.status)
    END AS status,
    sum(result.passed) AS passed,
    sum(result.failed) AS failed,
    max(result.action) AS action,
    max(result.constraint_sql) AS constraint_sql,
    max(result.severity) AS severity,
    max(result.dimension) AS dimension,
    max(result.owner) AS owner,
    max(result.source_file) AS source_file,
    max(result.source_line) AS source_line
  FROM IDENTIFIER(:ops_schema || '.dq_expectation_results') AS result
  JOIN IDENTIFIER(:ops_schema || '.dq_updates') AS updates ON updates.update_id = result.update_id
  GROUP BY
    updates.pipeline_id,
    updates.pipeline_name,
    updates.update_id,
    updates.started_at,
    result.dataset,
    result.dataset_type,
    result.expectation
),
latest AS (
  SELECT pipeline_id, max(started_at) AS started_at FROM result GROUP BY pipeline_id
),
evaluated AS (
  SELECT *, row_number() OVER (PARTITION BY pipeline_id, dataset, expectation ORDER BY started_at DESC) AS age
  FROM result
  WHERE status IN ('passed', 'failed', 'violated')
)
SELECT
  result.pipeline_id,
  result.pipeline_name,
  result.dataset,
  result.dataset_type,
  result.expectation,
  result.update_id AS latest_update_id,
  result.status AS latest_status,
  evaluated.update_id AS evaluated_update_id,
  evaluated.started_at AS evaluated_at,
  evaluated.status,
  evaluated.passed,
  evaluated.failed,
  CASE WHEN evaluated.status = 'violated' THEN 0.0D ELSE evaluated.passed / (evaluated.passed + evaluated.failed) END
    AS pass_rate,
  result.action,
  result.constraint_sql,
  result.severity,
  result.dimension,
  result.owner,
  result.source_file,
  result.source_line
FROM result
JOIN latest ON latest.pipeline_id = result.pipeline_id AND latest.started_at = result.started_at
LEFT JOIN evaluated
  ON evaluated.pipeline_id = result.pipeline_id
  AND evaluated.dataset = result.dataset
  AND evaluated.expectation = result.expectation
  AND evaluated.age = 1;

INSERT OVERWRITE IDENTIFIER(:ops_schema || '.dq_feed_rules_daily')
SELECT feed, rule, date, passed, failed, quarantined FROM IDENTIFIER(:gold_schema || '.data_quality_daily');
