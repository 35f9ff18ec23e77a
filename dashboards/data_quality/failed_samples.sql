-- Rows that violate a rule, by their keys only, of the latest update in which the rule has samples.
SELECT
  samples.dataset,
  samples.expectation,
  samples.keys,
  samples.reason,
  samples.observed,
  samples.source_file,
  samples.topic,
  samples.`partition` AS kafka_partition,
  samples.`offset` AS kafka_offset,
  updates.started_at
FROM dq_failed_samples AS samples
JOIN dq_updates AS updates ON updates.update_id = samples.update_id
JOIN (
  SELECT sampled.dataset, sampled.expectation, MAX(known.started_at) AS started_at
  FROM dq_failed_samples AS sampled
  JOIN dq_updates AS known ON known.update_id = sampled.update_id
  GROUP BY sampled.dataset, sampled.expectation
) AS latest
  ON latest.dataset = samples.dataset
  AND latest.expectation = samples.expectation
  AND latest.started_at = updates.started_at
