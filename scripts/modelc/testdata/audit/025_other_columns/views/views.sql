-- The same rows with other columns: one model has the columns of both, and a view that reads one of them reads it.
CREATE VIEW reports.member_views AS
SELECT day, post_id, SUM(viewers) AS views, SUM(readers) AS reads
FROM raw.medium_story_days
WHERE membership = 'MEMBER'
GROUP BY day, post_id;

CREATE VIEW reports.member_claps AS
SELECT d.day, d.post_id, SUM(d.clappers) AS claps, COUNT(*) AS n
FROM raw.medium_story_days AS d
WHERE 'MEMBER' = d.membership
GROUP BY 1, 2;

CREATE VIEW reports.claps_of_days AS SELECT day, SUM(claps) AS claps FROM reports.member_claps GROUP BY day;

-- Of one name, and not one meaning: not taken together.
CREATE VIEW reports.active AS SELECT snapshot_date, subscriber_id, city AS place FROM raw.kit_subscribers WHERE state = 'active';
CREATE VIEW reports.active_elsewhere AS SELECT snapshot_date, subscriber_id, country AS place, email_address FROM raw.kit_subscribers WHERE state = 'active';
