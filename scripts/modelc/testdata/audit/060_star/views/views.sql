CREATE VIEW reports.stories AS SELECT * FROM raw.medium_stories;
CREATE VIEW reports.listed AS SELECT * EXCEPT (is_locked, visibility) FROM reports.stories WHERE visibility != 'UNLISTED';
CREATE VIEW reports.listed_titles AS SELECT snapshot_date, post_id, UPPER(title) AS title FROM (SELECT * FROM reports.listed);
