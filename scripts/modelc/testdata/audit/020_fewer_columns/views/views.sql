CREATE VIEW reports.story_days AS
SELECT day, post_id, SUM(viewers) AS viewers, SUM(readers) AS readers, SUM(followers_gained) AS followers_gained
FROM raw.medium_story_days GROUP BY day, post_id;

CREATE VIEW reports.story_viewers AS
SELECT day, post_id, SUM(viewers) AS viewers FROM raw.medium_story_days GROUP BY 1, 2;

CREATE VIEW reports.StoryReaders AS
SELECT post_id AS story, day, SUM(readers) AS readCount FROM raw.medium_story_days GROUP BY post_id, day;

-- Names that a model's columns cannot have, one of them in a filter.
CREATE VIEW reports.Accounts AS
SELECT day AS `Date`, username AS userName, followers AS `Followers (total)`, viewers AS `order`
FROM raw.medium_account_days WHERE followers > 0;

CREATE VIEW reports.big_accounts AS
SELECT `Date`, `order` FROM reports.Accounts WHERE `Followers (total)` >= 1000 AND userName != 'x';

CREATE VIEW reports.viewers_of_accounts AS
SELECT a.`Date`, SUM(a.`order`) AS viewers FROM reports.Accounts AS a GROUP BY 1;
