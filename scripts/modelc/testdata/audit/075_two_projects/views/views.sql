-- The same query in two projects: different tables, so different views.
CREATE VIEW `shop-prod.reports.readers` AS
SELECT day, SUM(readers) AS readers FROM `shop-prod.raw.medium_story_days` GROUP BY day;

CREATE VIEW `shop-lab.reports.readers` AS
SELECT day, SUM(readers) AS readers FROM `shop-lab.raw.medium_story_days` GROUP BY day;

-- A table without a project belongs to the view's project. One that only one project has is known without it.
CREATE VIEW `shop-prod.reports.same_readers` AS
SELECT r.day, SUM(r.readers) AS readers
FROM raw.medium_story_days AS r JOIN archive.raw.medium_stories AS s ON s.post_id = r.post_id AND s.snapshot_date = r.day
GROUP BY r.day;

CREATE VIEW `shop-prod.reports.readers_once_more` AS SELECT DAY, readers FROM (SELECT day, SUM(Readers) AS readers FROM raw.medium_story_days GROUP BY day);

-- Case counts in names of tables.
CREATE VIEW reports.subscribers AS SELECT day, returned FROM raw.Kit_Subscriber_Totals;
