-- Exported from the console, one after another.
CREATE OR REPLACE VIEW `creator-42.analytics.story_daily`
OPTIONS (description = "Views, reads and earnings of each story on each day.")
AS
SELECT
  day,
  post_id,
  SUM(viewers) AS views,
  SUM(readers) AS reads,
  SUM(clappers) AS claps,
  SUM(earnings_cents) / 100 AS earnings
FROM `creator-42.raw.medium_story_days`
GROUP BY day, post_id;

CREATE OR REPLACE VIEW `creator-42.analytics.v_story_daily_copy` AS
-- copied for the weekly report
select d.post_id, d.day, sum(d.readers) as reads, sum(d.viewers) as views, sum(d.clappers) as claps,
  sum(d.earnings_cents)/100 as earnings
from `creator-42`.raw.medium_story_days d
group by 1, 2;

CREATE OR REPLACE VIEW `creator-42.analytics.story_views_90_days` AS
SELECT day, post_id, SUM(viewers) AS views
FROM `creator-42.raw.medium_story_days`
WHERE day >= DATE_SUB(CURRENT_DATE(), INTERVAL 90 DAY)
GROUP BY day, post_id;

CREATE OR REPLACE VIEW `creator-42.analytics.story_views_30_days` AS
SELECT day, post_id, SUM(viewers) AS story_views
FROM `creator-42.raw.medium_story_days`
WHERE day >= DATE_SUB(CURRENT_DATE(), INTERVAL 30 DAY)
GROUP BY day, post_id;

CREATE OR REPLACE VIEW `creator-42.analytics.story_reads` AS
SELECT day, post_id, reads FROM `creator-42.analytics.story_daily`;

CREATE OR REPLACE VIEW `creator-42.analytics.totals_daily` AS
SELECT day, SUM(views) AS views, SUM(reads) AS reads, ROUND(SAFE_DIVIDE(SUM(reads), SUM(views)), 4) AS read_ratio
FROM `creator-42.analytics.story_daily`
GROUP BY day;

CREATE OR REPLACE VIEW `creator-42.analytics.totals_monthly` AS
SELECT DATE_TRUNC(day, MONTH) AS month, SUM(views) AS views, SUM(reads) AS reads
FROM `creator-42.analytics.totals_daily`
GROUP BY month;

CREATE OR REPLACE VIEW `creator-42.analytics.totals_this_year` AS
SELECT month, views FROM `creator-42.analytics.totals_monthly` WHERE month >= '2026-01-01';

CREATE OR REPLACE VIEW `creator-42.analytics.read_ratio` AS
SELECT d.day, ROUND(SAFE_DIVIDE(SUM(d.reads), SUM(d.views)), 4) AS read_ratio
FROM (SELECT * FROM `creator-42.analytics.v_story_daily_copy`) AS d
GROUP BY d.day
ORDER BY d.day DESC;

CREATE OR REPLACE VIEW `creator-42.analytics.one_story` AS
SELECT day, views, reads, claps
FROM `creator-42.analytics.story_daily`
WHERE post_id = '3f2a9c01b7de' AND day BETWEEN '2026-01-01' AND '2026-06-30';

CREATE OR REPLACE VIEW `creator-42.analytics.story_claps` AS
SELECT day, post_id, SUM(clappers) AS claps FROM raw.medium_story_days GROUP BY post_id, day
HAVING day >= '2026-03-01';

CREATE OR REPLACE VIEW `creator-42.analytics.last_week` AS
SELECT SUM(viewers) AS views, SUM(readers) AS reads
FROM `creator-42.raw.medium_story_days`
WHERE day BETWEEN DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY) AND DATE_SUB(CURRENT_DATE(), INTERVAL 1 DAY);

CREATE OR REPLACE VIEW `creator-42.analytics.stories` AS
SELECT * FROM `creator-42.raw.medium_stories`;

CREATE OR REPLACE VIEW `creator-42.analytics.stories_now` AS
SELECT post_id, title, views, reads, SAFE_DIVIDE(reads, views) AS read_ratio
FROM `creator-42.analytics.stories`
WHERE snapshot_date = (SELECT MAX(snapshot_date) FROM `creator-42.analytics.stories`);

CREATE OR REPLACE VIEW `creator-42.analytics.stories_now_short` AS
SELECT title, views
FROM `creator-42.raw.medium_stories` AS s
WHERE s.snapshot_date = (SELECT MAX(x.snapshot_date) FROM raw.medium_stories AS x);

CREATE OR REPLACE VIEW `creator-42.analytics.story_report` AS
SELECT s.title, d.day, d.views, d.reads, d.earnings
FROM `creator-42.analytics.story_daily` AS d
JOIN `creator-42.raw.medium_stories` AS s ON s.post_id = d.post_id AND s.snapshot_date = d.day;

CREATE OR REPLACE VIEW `creator-42.analytics.boosted` AS
SELECT s.snapshot_date AS day, s.post_id, s.title, b.boosted_on, IFNULL(b.boosted, FALSE) AS boosted
FROM `creator-42.raw.medium_stories` AS s
LEFT JOIN `creator-42.raw.sheets_boosts` AS b USING (snapshot_date, post_id);

CREATE OR REPLACE VIEW `creator-42.analytics.boosted_only` AS
SELECT story.post_id, story.title, boost.boosted_on, story.snapshot_date AS day
FROM `creator-42.raw.sheets_boosts` AS boost
RIGHT JOIN `creator-42.raw.medium_stories` AS story
  ON boost.post_id = story.post_id AND story.snapshot_date = boost.snapshot_date
WHERE IFNULL(boost.boosted, FALSE);

CREATE OR REPLACE VIEW `creator-42.analytics.account` AS
SELECT * FROM `creator-42.raw.medium_account_days`;
