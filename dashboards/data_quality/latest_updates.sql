-- The latest update of each pipeline.
SELECT
  updates.pipeline_name,
  updates.state,
  updates.started_at,
  updates.ended_at,
  updates.rows_in,
  updates.rows_out,
  updates.rows_dropped,
  updates.update_id
FROM dq_updates AS updates
JOIN (SELECT pipeline_id, MAX(started_at) AS started_at FROM dq_updates GROUP BY pipeline_id) AS latest
  ON latest.pipeline_id = updates.pipeline_id AND latest.started_at = updates.started_at
