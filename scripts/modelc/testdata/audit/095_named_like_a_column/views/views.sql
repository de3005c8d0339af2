-- A view, and so its model, is named like its partition column.
CREATE VIEW r.day AS
SELECT day, post_id, SUM(viewers) AS viewers FROM raw.medium_story_days WHERE membership = 'MEMBER' GROUP BY day, post_id;

CREATE VIEW r.month AS
SELECT DATE_TRUNC(d.day, MONTH) AS month, SUM(d.viewers) AS viewers FROM r.day AS d GROUP BY month;

-- One place needs only the day, and another one more; one has the name of the column.
CREATE VIEW r.growth AS
SELECT day.day, day.followers - b.followers AS gained
FROM raw.medium_account_days AS day LEFT JOIN raw.medium_account_days AS b ON b.day = DATE_SUB(day.day, INTERVAL 1 DAY);

CREATE VIEW r.best AS SELECT m.month, m.viewers FROM r.month AS m WHERE m.viewers = (SELECT MAX(o.viewers) FROM r.month AS o);
