CREATE VIEW finance.income AS
SELECT
  month,
  currency,
  SUM(IF(reporting_category = 'charge', amount, 0)) AS charges,
  SUM(IF(reporting_category = 'refund', -amount, 0)) AS refunds,
  SUM(fee) AS fees,
  SUM(net) AS net
FROM raw.stripe_balance_transactions
WHERE reporting_category != 'payout'
GROUP BY month, currency;

CREATE VIEW finance.income_usd AS
SELECT month, charges, refunds, fees, net
FROM finance.income
WHERE currency = 'usd';

CREATE VIEW finance.all_income AS
SELECT month, 'stripe' AS stream, SUM(net) / 100 AS earned
FROM raw.stripe_balance_transactions
WHERE currency = 'usd' AND reporting_category != 'payout'
GROUP BY month
UNION ALL
SELECT DATE_TRUNC(day, MONTH) AS month, 'medium' AS stream, SUM(earnings) AS earned
FROM `creator-42.analytics.story_daily`
GROUP BY 1;

CREATE VIEW finance.fees AS
SELECT month, currency, SUM(fee) AS fees
FROM raw.stripe_balance_transactions
WHERE NOT reporting_category = 'payout'
GROUP BY currency, month;
