-- The same question four times: copied, laid out anew, with other aliases, with the joins and terms turned round.
CREATE VIEW reports.boosted_stories AS
SELECT s.snapshot_date, s.post_id, s.title, b.boosted_on
FROM raw.medium_stories AS s
JOIN raw.sheets_boosts AS b ON b.post_id = s.post_id AND b.snapshot_date = s.snapshot_date
WHERE b.boosted AND s.visibility != 'UNLISTED';

CREATE VIEW reports.boosted_stories_copy AS
SELECT s.snapshot_date, s.post_id, s.title, b.boosted_on
FROM raw.medium_stories AS s
JOIN raw.sheets_boosts AS b ON b.post_id = s.post_id AND b.snapshot_date = s.snapshot_date
WHERE b.boosted AND s.visibility != 'UNLISTED';

CREATE VIEW reports.boosts OPTIONS (description = "Stories that were boosted.") AS
with yes as (select * from `raw.sheets_boosts` where boosted)
select title, story.post_id, boosted_on, story.snapshot_date
from yes join `raw`.`medium_stories` story using (snapshot_date, post_id)
where visibility <> 'UNLISTED' /* nor the drafts */;

CREATE VIEW reports.boosts_joined_otherwise AS
SELECT a.boosted_on, z.title, z.post_id, z.snapshot_date
FROM raw.sheets_boosts a, raw.medium_stories z
WHERE 'UNLISTED' != z.visibility AND z.snapshot_date = a.snapshot_date AND a.post_id = z.post_id AND a.boosted;
