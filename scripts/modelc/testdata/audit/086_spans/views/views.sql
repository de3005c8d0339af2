-- How much each view reads: which partitions a model of it needs.

-- The day before, a week before, and the last seven days, in joins.
CREATE VIEW s.by_day AS SELECT day, SUM(viewers) AS viewers, SUM(readers) AS readers FROM raw.medium_story_days GROUP BY day;
CREATE VIEW s.gained AS
SELECT a.day, a.viewers, a.viewers - b.viewers AS more
FROM s.by_day AS a LEFT JOIN s.by_day AS b ON b.day = DATE_SUB(a.day, INTERVAL 1 DAY);
CREATE VIEW s.week_ago AS
SELECT t.snapshot_date, t.state, t.subscribers, d.viewers
FROM raw.kit_subscriber_totals AS t LEFT JOIN s.by_day AS d ON d.day = t.snapshot_date - 2;
CREATE VIEW s.last_7_days AS
SELECT a.day, SUM(b.viewers) AS viewers
FROM raw.medium_account_days AS a JOIN raw.medium_account_days AS b ON b.day BETWEEN DATE_SUB(a.day, INTERVAL 6 DAY) AND a.day
GROUP BY a.day;
CREATE VIEW s.day_after AS
SELECT a.day, b.followers - a.followers AS gained
FROM raw.medium_account_days AS a LEFT JOIN raw.medium_account_days AS b ON b.day = DATE_ADD(a.day, INTERVAL 1 DAY);

-- The month before, of a monthly table, of days, and of a model.
CREATE VIEW s.net AS
WITH m AS (SELECT month, SUM(net) AS net FROM raw.stripe_balance_transactions WHERE currency = 'usd' GROUP BY month)
SELECT a.month, a.net, b.net AS month_before
FROM m AS a LEFT JOIN m AS b ON b.month = DATE_SUB(a.month, INTERVAL 1 MONTH);
CREATE VIEW s.months AS
WITH m AS (SELECT DATE_TRUNC(day, MONTH) AS month, SUM(clappers) AS clappers FROM raw.medium_story_days GROUP BY month)
SELECT a.month, a.clappers, b.clappers AS month_before
FROM m AS a LEFT JOIN m AS b ON b.month = DATE_SUB(a.month, INTERVAL 1 MONTH);
CREATE VIEW s.gained_by_month AS SELECT DATE_TRUNC(day, MONTH) AS month, SUM(more) AS more FROM s.gained GROUP BY month;

-- Everything: running totals, totals beside each day, and tables without a date in common.
CREATE VIEW s.running AS SELECT day, SUM(viewers) OVER (ORDER BY day) AS viewers FROM s.by_day;
CREATE VIEW s.share AS SELECT day, SAFE_DIVIDE(viewers, (SELECT SUM(viewers) FROM s.by_day)) AS share FROM s.by_day;
CREATE VIEW s.net_of_days AS
SELECT d.day, d.viewers, m.net FROM s.by_day AS d JOIN s.net AS m ON m.month = DATE_TRUNC(d.day, MONTH);
CREATE VIEW s.newest_titles AS
SELECT d.day, s.title, d.readers
FROM raw.medium_story_days AS d JOIN raw.medium_stories AS s ON s.post_id = d.post_id
WHERE s.snapshot_date = (SELECT MAX(snapshot_date) FROM raw.medium_stories);
CREATE VIEW s.newest AS
SELECT snapshot_date, post_id, word_count FROM raw.medium_stories
WHERE snapshot_date = (SELECT MAX(snapshot_date) FROM raw.medium_stories);

-- Bounded by the view itself.
CREATE VIEW s.last_3_days AS SELECT SUM(viewers) AS viewers FROM s.by_day WHERE day >= DATE_SUB(CURRENT_DATE(), INTERVAL 3 DAY);
CREATE VIEW s.this_month AS
SELECT day, post_id, readers FROM raw.medium_story_days WHERE DATE_TRUNC(day, MONTH) = DATE_TRUNC(CURRENT_DATE() - 1, MONTH);
CREATE VIEW s.before_last_week AS
SELECT day, post_id, followers_gained FROM raw.medium_story_days WHERE day < DATE_SUB(CURRENT_DATE(), INTERVAL 3 DAY);
CREATE VIEW s.ended AS
WITH c AS (SELECT day, post_id, SUM(clappers) AS clappers FROM raw.medium_story_days GROUP BY day, post_id)
SELECT day, post_id, clappers FROM c WHERE DATE_DIFF(CURRENT_DATE(), day, DAY) <= 3;
CREATE VIEW s.unlike AS
SELECT day, readers FROM s.by_day WHERE day >= DATE_SUB(CURRENT_DATE(), INTERVAL 2 DAY)
UNION ALL
SELECT day, -viewers FROM s.by_day WHERE day >= DATE_SUB(CURRENT_DATE(), INTERVAL 4 DAY);
CREATE VIEW s.recent_viewers AS
SELECT s.snapshot_date, s.post_id, d.viewers
FROM raw.medium_stories AS s
LEFT JOIN raw.medium_story_days AS d ON d.day = s.snapshot_date AND d.post_id = s.post_id
WHERE d.day >= DATE_SUB(CURRENT_DATE(), INTERVAL 5 DAY) AND s.snapshot_date >= DATE_SUB(CURRENT_DATE(), INTERVAL 4 DAY);
CREATE VIEW s.last_months AS
SELECT month, currency, COUNT(*) AS n FROM raw.stripe_balance_transactions
WHERE month >= DATE_SUB(DATE_TRUNC(CURRENT_DATE(), MONTH), INTERVAL 1 MONTH) GROUP BY month, currency;
CREATE VIEW s.two_months AS
SELECT currency, SUM(fee) AS fees FROM raw.stripe_balance_transactions
WHERE month >= DATE_SUB(DATE_TRUNC(CURRENT_DATE(), MONTH), INTERVAL 2 MONTH) GROUP BY currency;
CREATE VIEW s.summary AS
SELECT (SELECT SUM(readers) FROM s.by_day WHERE day = CURRENT_DATE() - 1) AS yesterday,
  (SELECT SUM(readers) FROM s.by_day WHERE day > CURRENT_DATE() - 4) AS three_days;
