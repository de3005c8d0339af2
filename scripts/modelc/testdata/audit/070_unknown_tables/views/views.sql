CREATE VIEW reports.newsletter_opens AS
SELECT o.sent_on, o.broadcast_id, b.subject, COUNT(DISTINCT o.subscriber_id) AS openers, SUM(o.opens) AS opens
FROM newsletter.opens AS o
JOIN newsletter.broadcasts AS b ON b.broadcast_id = o.broadcast_id
WHERE o.opens > 0 AND b.published_at < CURRENT_TIMESTAMP()
GROUP BY 1, 2, 3;

CREATE VIEW reports.everything AS SELECT * FROM newsletter.attachments;
CREATE VIEW reports.reads_everything AS SELECT COUNT(*) AS n FROM reports.everything;

CREATE VIEW reports.books AS
SELECT DATE_TRUNC(sold_on, MONTH) AS month, COUNT(*) AS copies, SUM(price * copies) AS takings
FROM shop.book_sales GROUP BY month;

-- Its table has another name now.
CREATE VIEW reports.old_name AS SELECT day, followers FROM medium_dump.account WHERE followers > 0;
