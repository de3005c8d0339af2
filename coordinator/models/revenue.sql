/*
description: >
  One row per month, currency and stream of income: what was earned, what it cost and what remains. Amounts in different
  currencies are never added.
grain: monthly
materialized: incremental
incremental_strategy: merge
partition_by: month
unique_key: [month, currency, stream]
inputs:
  raw.medium_story_days: each_day
columns:
  - name: month
    description: First day of the month, UTC, in which the money was earned or charged, not paid out.
    tests: [not_null]
  - name: currency
    description: ISO 4217 code, upper case; for Stripe, the settlement currency.
    tests:
      - not_null
      - expression: currency = UPPER(currency) AND LENGTH(currency) = 3
  - name: stream
    description: "medium: the Partner Program. stripe: everything charged through Stripe."
    tests:
      - not_null
      - accepted_values: {values: [medium, stripe]}
  - name: gross
    description: Amount earned or charged, in the currency's major unit, before deductions.
    tests: [not_null]
  - name: refunds
    description: Amount refunded to customers, positive; can exceed gross when sales of earlier months are refunded.
    tests: [not_null]
  - name: disputes
    description: Amount disputed, minus disputes won; negative if more was won back.
    tests: [not_null]
  - name: fees
    description: Stripe's fees for charges, refunds, disputes, payouts and its own products, positive.
    tests: [not_null]
  - name: other
    description: All other changes of the balance, such as adjustments; positive if the balance increased.
    tests: [not_null]
  - name: net
    description: What remains. Payouts, top-ups and transfers only move money and do not count.
    tests: [not_null]
tests:
  - expression: net = gross - refunds - disputes - fees + other
*/
WITH
  -- Stripe's amounts are in the currency's minor unit: a hundredth for most currencies, for some the major unit itself
  -- or a thousandth. The list:
  -- https://docs.stripe.com/currencies#zero-decimal
  transactions AS (
    SELECT
      UPPER(currency) AS currency,
      CASE
        WHEN UPPER(currency) IN (
          'BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'
        ) THEN NUMERIC '1'
        WHEN UPPER(currency) IN ('BHD', 'JOD', 'KWD', 'OMR', 'TND') THEN NUMERIC '0.001'
        ELSE NUMERIC '0.01'
      END AS minor_unit,
      -- What each category means: https://docs.stripe.com/reports/reporting-categories
      CASE
        WHEN reporting_category IN ('charge', 'charge_failure', 'partial_capture_reversal') THEN 'gross'
        WHEN reporting_category IN ('refund', 'refund_failure') THEN 'refunds'
        WHEN reporting_category IN ('dispute', 'dispute_reversal') THEN 'disputes'
        WHEN reporting_category = 'fee' THEN 'fees'
        WHEN STARTS_WITH(reporting_category, 'payout') THEN 'moved'
        WHEN STARTS_WITH(reporting_category, 'topup') THEN 'moved'
        WHEN STARTS_WITH(reporting_category, 'transfer') THEN 'moved'
        ELSE 'other'
      END AS kind,
      amount,
      fee
    FROM raw.stripe_balance_transactions
  ),
  streams AS (
    SELECT
      currency,
      'stripe' AS stream,
      SUM(IF(kind = 'gross', amount, 0)) * minor_unit AS gross,
      SUM(IF(kind = 'refunds', -amount, 0)) * minor_unit AS refunds,
      SUM(IF(kind = 'disputes', -amount, 0)) * minor_unit AS disputes,
      -- The fee of a payout is a cost, although the payout itself only moves money.
      SUM(IF(kind = 'fees', fee - amount, fee)) * minor_unit AS fees,
      SUM(IF(kind = 'other', amount, 0)) * minor_unit AS other
    FROM transactions
    GROUP BY currency, minor_unit
    UNION ALL
    -- Medium reports the earnings of each day in US cents, after its own share.
    SELECT
      'USD' AS currency,
      'medium' AS stream,
      SUM(earnings_cents) * NUMERIC '0.01' AS gross,
      NUMERIC '0' AS refunds,
      NUMERIC '0' AS disputes,
      NUMERIC '0' AS fees,
      NUMERIC '0' AS other
    FROM raw.medium_story_days
    HAVING COUNT(earnings_cents) > 0
  )
SELECT
  @partition_date AS month,
  currency,
  stream,
  gross,
  refunds,
  disputes,
  fees,
  other,
  gross - refunds - disputes - fees + other AS net
FROM streams
