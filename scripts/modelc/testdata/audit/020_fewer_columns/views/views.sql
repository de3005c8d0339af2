CREATE VIEW reports.story_days AS
SELECT day, post_id, SUM(viewers) AS viewers, SUM(readers) AS readers, SUM(followers_gained) AS followers_gained
FROM raw.medium_story_days GROUP BY day, post_id;

CREATE VIEW reports.story_viewers AS
SELECT day, post_id, SUM(viewers) AS viewers FROM raw.medium_story_days GROUP BY 1, 2;

CREATE VIEW reports.StoryReaders AS
SELECT post_id AS story, day, SUM(readers) AS readCount FROM raw.medium_story_days GROUP BY post_id, day;
