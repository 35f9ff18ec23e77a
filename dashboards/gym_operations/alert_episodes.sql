-- Episodes of heart rate worth a notice, and of devices that measured nothing. Who it was stands in gold, by alert_id.
SELECT
  alert_id, 'heart rate' AS about, rule, severity, started_at, detected_at, ended_at, min_bpm, avg_bpm, max_bpm, coverage
FROM health_alerts
UNION ALL
SELECT
  alert_id, 'device' AS about, rule, severity, started_at, detected_at, ended_at, min_bpm, avg_bpm, max_bpm, coverage
FROM device_health
