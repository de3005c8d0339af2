CREATE VIEW `p.reports.members` AS
SELECT day, post_id, viewers, readers FROM `p.raw.medium_story_days` WHERE membership = 'MEMBER';

CREATE VIEW `p.reports.member_days` AS
SELECT day, COUNT(DISTINCT post_id) AS stories, SUM(viewers) AS viewers, SUM(readers) AS readers
FROM `p.reports.members`
GROUP BY day;

CREATE VIEW `p.reports.member_months` (month, viewers, viewers_per_day) AS
SELECT DATE_TRUNC(day, MONTH), SUM(viewers), SAFE_DIVIDE(SUM(viewers), COUNT(*))
FROM `p.reports.member_days`
GROUP BY 1;

CREATE VIEW `p.reports.record_month` AS
SELECT m.month, m.viewers
FROM `p.reports.member_months` AS m
WHERE m.viewers = (SELECT MAX(viewers) FROM `p.reports.member_months`);
