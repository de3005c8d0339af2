/*
description: >
  One row per day: the number of subscribers in each state, one column for each so that a chart can draw it as a line,
  and how many active subscribers were gained and lost since the day before. Without subscribers all numbers are zero.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
inputs:
  raw.kit_subscribers: {last_n_days: 2}
  raw.kit_subscriber_totals: {last_n_days: 2}
columns:
  - name: day
    description: The UTC day.
    tests: [not_null]
  - name: total
    description: Subscribers in all states who were added by the end of the day.
    tests:
      - not_null
      - expression: total = active + inactive + bounced + complained + cancelled
  - name: active
    description: Subscribers who receive e-mail.
    tests: [not_null]
  - name: inactive
    description: Subscribers who have not confirmed their address.
    tests: [not_null]
  - name: bounced
    description: Subscribers whose address rejected e-mail.
    tests: [not_null]
  - name: complained
    description: Subscribers who marked an e-mail as spam.
    tests: [not_null]
  - name: cancelled
    description: Subscribers who unsubscribed.
    tests: [not_null]
  - name: new_subscribers
    description: Active subscribers who were added on the day.
    tests:
      - not_null
      - expression: new_subscribers <= active
  - name: returned_subscribers
    description: >
      Active subscribers, added on an earlier day, who were not active the day before: they came back or confirmed late.
      Null if the day before is missing.
    tests:
      - expression: returned_subscribers >= 0
  - name: lost_subscribers
    description: >
      Subscribers who were active the day before and are no longer active or no longer listed. Null if the day before is
      missing.
    tests:
      - expression: lost_subscribers >= 0
  - name: net_subscribers
    description: >
      active minus active of the day before. Null if the day before is missing.
tests:
  - expression: net_subscribers = new_subscribers + returned_subscribers - lost_subscribers
*/
WITH
  -- A snapshot is read on the next morning: a subscriber added after the day's end belongs to the next day.
  snapshots AS (
    SELECT snapshot_date, subscriber_id, state, DATE(created_at) AS added_on
    FROM raw.kit_subscribers
    WHERE DATE(created_at) <= snapshot_date
  ),
  subscribers AS (
    SELECT
      subscriber_id,
      MIN(added_on) AS added_on,
      MAX(IF(snapshot_date = @partition_date, state, NULL)) AS state,
      MAX(IF(snapshot_date < @partition_date, state, NULL)) AS state_before
    FROM snapshots
    GROUP BY subscriber_id
  ),
  counts AS (
    SELECT
      COUNT(state) AS total,
      COUNTIF(state = 'active') AS active,
      COUNTIF(state = 'inactive') AS inactive,
      COUNTIF(state = 'bounced') AS bounced,
      COUNTIF(state = 'complained') AS complained,
      COUNTIF(state = 'cancelled') AS cancelled,
      COUNTIF(state = 'active' AND added_on = @partition_date) AS new_subscribers,
      COUNTIF(state = 'active' AND added_on < @partition_date AND IFNULL(state_before, '') != 'active')
        AS returned_subscribers,
      COUNTIF(state_before = 'active' AND IFNULL(state, '') != 'active') AS lost_subscribers,
      COUNTIF(state_before = 'active') AS active_before
    FROM subscribers
  ),
  -- Kit reports its totals even when it has no subscribers, so they show whether the day before was loaded.
  day_before AS (
    SELECT COUNT(*) > 0 AS loaded
    FROM raw.kit_subscriber_totals
    WHERE snapshot_date < @partition_date
  )
SELECT
  @partition_date AS day,
  total,
  active,
  inactive,
  bounced,
  complained,
  cancelled,
  new_subscribers,
  IF(day_before.loaded, returned_subscribers, NULL) AS returned_subscribers,
  IF(day_before.loaded, lost_subscribers, NULL) AS lost_subscribers,
  IF(day_before.loaded, active - active_before, NULL) AS net_subscribers
FROM counts
CROSS JOIN day_before
