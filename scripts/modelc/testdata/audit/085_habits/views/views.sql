-- Ways of writing that are often met: the newest row of each story, months as text, yesterday, the day before in a self join.
CREATE VIEW r.latest AS SELECT * EXCEPT (rn) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY post_id ORDER BY snapshot_date DESC) AS rn FROM `p.raw.medium_stories`) WHERE rn = 1;
CREATE VIEW r.latest_qualify AS SELECT post_id, title FROM raw.medium_stories WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY post_id ORDER BY snapshot_date DESC) = 1;
CREATE VIEW r.month_text AS SELECT FORMAT_DATE('%Y-%m', day) AS month, SUM(viewers) AS viewers FROM raw.medium_story_days GROUP BY month ORDER BY month;
CREATE VIEW r.yesterday AS SELECT post_id, viewers FROM raw.medium_story_days WHERE day = CURRENT_DATE() - 1 AND membership = 'MEMBER';
CREATE VIEW r.this_month AS SELECT post_id, SUM(viewers) AS viewers FROM raw.medium_story_days WHERE DATE_TRUNC(day, MONTH) = DATE_TRUNC(CURRENT_DATE(), MONTH) GROUP BY 1;
CREATE VIEW r.union_all AS SELECT day, 'views' AS what, viewers AS n FROM raw.medium_story_days UNION ALL SELECT day, 'reads', readers FROM raw.medium_story_days;
CREATE VIEW r.growth AS SELECT a.day, a.followers, a.followers - b.followers AS gained FROM raw.medium_account_days a LEFT JOIN raw.medium_account_days b ON b.day = DATE_SUB(a.day, INTERVAL 1 DAY);
CREATE VIEW r.growth_lag AS SELECT day, followers - LAG(followers) OVER (ORDER BY day) AS gained FROM raw.medium_account_days;
CREATE VIEW r.with_comments AS
-- who reads
SELECT d.day, /* the story */ d.post_id, s.title
FROM raw.medium_story_days d, raw.medium_stories s
WHERE d.post_id = s.post_id AND d.day = s.snapshot_date;
CREATE VIEW r.nested AS WITH x AS (SELECT day, post_id, SUM(viewers) v FROM raw.medium_story_days GROUP BY 1, 2), y AS (SELECT day, SUM(v) v FROM x GROUP BY 1) SELECT x.day, x.post_id, SAFE_DIVIDE(x.v, y.v) AS share FROM x JOIN y USING (day);
