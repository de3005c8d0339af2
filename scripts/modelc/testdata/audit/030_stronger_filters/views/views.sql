CREATE VIEW reports.charges AS
SELECT month, id, created, currency, amount, fee
FROM raw.stripe_balance_transactions
WHERE reporting_category IN ('charge', 'charge_failure');

CREATE VIEW reports.usd_charges AS
SELECT month, id, amount
FROM raw.stripe_balance_transactions
WHERE reporting_category IN ('charge', 'charge_failure') AND currency = 'usd';

CREATE VIEW reports.big_charges_2026 AS
SELECT id, amount FROM reports.charges WHERE amount >= 10000 AND month BETWEEN '2026-01-01' AND '2026-12-01';

-- Contained, but the charges do not say which are failures.
CREATE VIEW reports.clean_charges AS
SELECT month, id, amount FROM raw.stripe_balance_transactions WHERE reporting_category = 'charge';

-- Not contained: pending ones are left out of the sum.
CREATE VIEW reports.available AS
SELECT month, currency, SUM(net) AS net FROM raw.stripe_balance_transactions WHERE status = 'available' GROUP BY month, currency;
CREATE VIEW reports.all_net AS
SELECT month, currency, SUM(net) AS net FROM raw.stripe_balance_transactions GROUP BY month, currency;
