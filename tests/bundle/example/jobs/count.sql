SELECT gym, max(visits) AS most
FROM IDENTIFIER(:gold_schema || '.visits')
GROUP BY gym
ORDER BY most;
