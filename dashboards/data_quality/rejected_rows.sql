-- Rows in quarantine by feed, rule and the day on which they came in. A row that breaks two rules counts under both.
SELECT
  feed,
  rule,
  date,
  quarantined,
  failed - quarantined AS flagged
FROM dq_feed_rules_daily
WHERE failed > 0
