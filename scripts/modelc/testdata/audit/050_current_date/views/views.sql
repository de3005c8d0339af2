-- A window that slides: the model keeps every day, the reader chooses.
CREATE VIEW reports.recent AS
SELECT day, post_id, SUM(viewers) AS viewers
FROM raw.medium_story_days
WHERE membership = 'MEMBER'
  AND day >= DATE_SUB(CURRENT_DATE(), INTERVAL 90 DAY)
  AND day < CURRENT_DATE()
GROUP BY day, post_id;

-- Sums over a window: a table, of the days up to the partition.
CREATE VIEW reports.last_28_days AS
SELECT post_id, SUM(viewers) AS viewers, MAX(day) AS last_day
FROM raw.medium_story_days
WHERE day > DATE_SUB(CURRENT_DATE, INTERVAL 29 DAY)
GROUP BY post_id;

-- The newest snapshot, told in two ways.
CREATE VIEW reports.subscribers_now AS
SELECT subscriber_id, email_address, state FROM raw.kit_subscribers
WHERE snapshot_date = (SELECT MAX(snapshot_date) FROM raw.kit_subscribers);
CREATE VIEW reports.subscribers_yesterday AS
SELECT subscriber_id, state, DATE_DIFF(CURRENT_DATE('America/New_York'), DATE(created_at), DAY) AS age
FROM raw.kit_subscribers
WHERE snapshot_date = DATE_SUB(CURRENT_DATE(), INTERVAL 1 DAY) AND created_at < CURRENT_TIMESTAMP();

-- The day under way is no partition yet.
CREATE VIEW reports.today AS
SELECT day, SUM(viewers) AS viewers FROM raw.medium_story_days WHERE day = CURRENT_DATE() GROUP BY day;

-- A join: each side is read in its partition.
CREATE VIEW reports.recent_titles AS
SELECT d.day, s.title, d.viewers
FROM raw.medium_story_days AS d
LEFT JOIN raw.medium_stories AS s ON s.post_id = d.post_id AND s.snapshot_date = d.day
WHERE d.day >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY) AND (d.membership = 'MEMBER' OR d.viewers > 100);
