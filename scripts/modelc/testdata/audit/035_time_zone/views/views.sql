-- A timestamp without a time zone is UTC, as in BigQuery.
CREATE VIEW reports.since_new_year AS
SELECT month, id, created, amount
FROM raw.stripe_balance_transactions
WHERE created >= TIMESTAMP '2026-01-01';

CREATE VIEW reports.since_midnight_utc AS
SELECT month, id, created, amount
FROM raw.stripe_balance_transactions
WHERE created >= '2026-01-01 00:00:00+00';

-- Other rows: it begins eight hours later.
CREATE VIEW reports.since_midnight_los_angeles AS
SELECT month, id, created, amount
FROM raw.stripe_balance_transactions
WHERE created >= TIMESTAMP '2026-01-01 00:00:00-08';
