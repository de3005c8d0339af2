/*
description: >
  One row per day: the key numbers for a morning report. Sums over 7 and 28 days end with the day itself; they are null
  if one of those days is missing. A day before the first story was published is not missing: its figures are zero. A
  change compares with the same number of days before, as a fraction (0.1 means a tenth more).
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
inputs:
  mart.story_days: {last_n_days: 56}
  mart.subscriber_growth: {last_n_days: 29}
  raw.medium_account_days: {last_n_days: 29}
  mart.revenue: latest
columns:
  - name: day
    description: The UTC day.
    tests: [not_null]
  - name: stories
    description: Stories that have figures for the day; 0 before the first story was published.
    tests:
      - not_null
      - expression: stories > 0 OR viewers = 0
  - name: viewers
    description: Sum of the people who viewed each story on the day.
    tests: [not_null]
  - name: viewers_7d
    description: viewers of the last 7 days.
    tests:
      - expression: viewers_7d >= viewers
  - name: viewers_7d_change
    description: Change of viewers_7d from the 7 days before, as a fraction, to four decimal places.
  - name: viewers_28d
    description: viewers of the last 28 days.
    tests:
      - expression: viewers_28d >= viewers
  - name: viewers_28d_change
    description: Change of viewers_28d from the 28 days before, as a fraction, to four decimal places.
  - name: readers
    description: Sum of the people who read each story on the day.
    tests: [not_null]
  - name: readers_7d
    description: readers of the last 7 days.
  - name: readers_7d_change
    description: Change of readers_7d from the 7 days before, as a fraction, to four decimal places.
  - name: readers_28d
    description: readers of the last 28 days.
  - name: readers_28d_change
    description: Change of readers_28d from the 28 days before, as a fraction, to four decimal places.
  - name: read_ratio
    description: >
      readers divided by viewers on the day, to four decimal places; null if no one viewed a story, or fewer than read one.
    tests:
      - expression: read_ratio BETWEEN 0 AND 1
  - name: earnings
    description: >
      Medium's earnings of the day in US dollars; null if none are reported yet, 0 before the first story was published.
  - name: earnings_7d
    description: earnings of the last 7 days; a day not reported yet counts as zero.
  - name: earnings_7d_change
    description: Change of earnings_7d from the 7 days before, as a fraction, to four decimal places.
  - name: earnings_28d
    description: earnings of the last 28 days; a day not reported yet counts as zero.
  - name: earnings_28d_change
    description: Change of earnings_28d from the 28 days before, as a fraction, to four decimal places.
  - name: followers
    description: Followers on Medium at the end of the day.
    tests: [not_null]
  - name: followers_7d_gain
    description: followers minus those 7 days earlier; null if that day is missing.
  - name: followers_28d_gain
    description: followers minus those 28 days earlier; null if that day is missing.
  - name: subscribers
    description: Active subscribers at the end of the day.
    tests: [not_null]
  - name: new_subscribers
    description: Active subscribers who were added on the day.
    tests: [not_null]
  - name: lost_subscribers
    description: Subscribers who were active the day before and no longer are; null if that day is missing.
  - name: subscribers_7d_gain
    description: subscribers minus those 7 days earlier; null if that day is missing.
  - name: subscribers_28d_gain
    description: subscribers minus those 28 days earlier; null if that day is missing.
  - name: revenue_month
    description: >
      First day of the newest month that ended by the end of the day and whose revenue has been counted; null if there is
      none, or if it has no revenue.
  - name: revenue_net
    description: >
      Net revenue of that month from all streams, by currency, such as "120.5 GBP, 310.25 USD"; null like revenue_month.
tests:
  - expression: (revenue_month IS NULL) = (revenue_net IS NULL)
*/
WITH
  -- The day of the first story, by the day's own snapshot: the day after if there is none yet, null if it is unknown.
  first_story AS (
    SELECT
      CASE
        WHEN COUNT(*) = 0 THEN @partition_end
        WHEN COUNT(first_published_at) = COUNT(*) THEN MIN(DATE(first_published_at))
      END AS day
    FROM raw.medium_stories
  ),
  figures AS (
    SELECT
      day,
      COUNT(*) AS stories,
      SUM(viewers) AS viewers,
      SUM(readers) AS readers,
      SUM(earnings) AS earnings
    FROM mart.story_days
    GROUP BY day
  ),
  -- The days that are known: those with figures, those before the first story, and the day itself, whose figures have
  -- arrived even if there are none.
  days AS (
    SELECT
      DATE_DIFF(@partition_date, calendar_day, DAY) AS ago, -- days back from the partition's day
      IFNULL(figures.stories, 0) AS stories,
      IFNULL(figures.viewers, 0) AS viewers,
      IFNULL(figures.readers, 0) AS readers,
      IFNULL(figures.earnings, IF(calendar_day < first_story.day, NUMERIC '0', NULL)) AS earnings
    FROM UNNEST(GENERATE_DATE_ARRAY(DATE_SUB(@partition_date, INTERVAL 55 DAY), @partition_date)) AS calendar_day
    CROSS JOIN first_story
    LEFT JOIN figures ON figures.day = calendar_day
    WHERE figures.day IS NOT NULL OR calendar_day < first_story.day OR calendar_day = @partition_date
  ),
  last_7 AS (
    SELECT SUM(viewers) AS viewers, SUM(readers) AS readers, SUM(earnings) AS earnings
    FROM days
    WHERE ago < 7
    HAVING COUNT(*) = 7
  ),
  before_7 AS (
    SELECT SUM(viewers) AS viewers, SUM(readers) AS readers, SUM(earnings) AS earnings
    FROM days
    WHERE ago BETWEEN 7 AND 13
    HAVING COUNT(*) = 7
  ),
  last_28 AS (
    SELECT SUM(viewers) AS viewers, SUM(readers) AS readers, SUM(earnings) AS earnings
    FROM days
    WHERE ago < 28
    HAVING COUNT(*) = 28
  ),
  before_28 AS (
    SELECT SUM(viewers) AS viewers, SUM(readers) AS readers, SUM(earnings) AS earnings
    FROM days
    WHERE ago BETWEEN 28 AND 55
    HAVING COUNT(*) = 28
  ),
  subscribers AS (
    SELECT
      MAX(IF(day = @partition_date, active, NULL)) AS active,
      MAX(IF(day = @partition_date, new_subscribers, NULL)) AS new_subscribers,
      MAX(IF(day = @partition_date, lost_subscribers, NULL)) AS lost_subscribers,
      MAX(IF(day = DATE_SUB(@partition_date, INTERVAL 7 DAY), active, NULL)) AS active_7_ago,
      MAX(IF(day = DATE_SUB(@partition_date, INTERVAL 28 DAY), active, NULL)) AS active_28_ago
    FROM mart.subscriber_growth
  ),
  audience AS (
    SELECT
      MAX(IF(day = @partition_date, followers, NULL)) AS followers,
      MAX(IF(day = DATE_SUB(@partition_date, INTERVAL 7 DAY), followers, NULL)) AS followers_7_ago,
      MAX(IF(day = DATE_SUB(@partition_date, INTERVAL 28 DAY), followers, NULL)) AS followers_28_ago
    FROM raw.medium_account_days
  ),
  currencies AS (
    SELECT month, currency, SUM(net) AS net
    FROM mart.revenue
    GROUP BY month, currency
  ),
  revenue AS (
    SELECT MAX(month) AS month, STRING_AGG(CAST(net AS STRING) || ' ' || currency, ', ' ORDER BY currency) AS net
    FROM currencies
  )
SELECT
  @partition_date AS day,
  days.stories,
  days.viewers,
  last_7.viewers AS viewers_7d,
  ROUND(SAFE_DIVIDE(last_7.viewers - before_7.viewers, before_7.viewers), 4) AS viewers_7d_change,
  last_28.viewers AS viewers_28d,
  ROUND(SAFE_DIVIDE(last_28.viewers - before_28.viewers, before_28.viewers), 4) AS viewers_28d_change,
  days.readers,
  last_7.readers AS readers_7d,
  ROUND(SAFE_DIVIDE(last_7.readers - before_7.readers, before_7.readers), 4) AS readers_7d_change,
  last_28.readers AS readers_28d,
  ROUND(SAFE_DIVIDE(last_28.readers - before_28.readers, before_28.readers), 4) AS readers_28d_change,
  ROUND(SAFE_DIVIDE(IF(days.readers <= days.viewers, days.readers, NULL), days.viewers), 4) AS read_ratio,
  days.earnings,
  last_7.earnings AS earnings_7d,
  ROUND(SAFE_DIVIDE(CAST(last_7.earnings - before_7.earnings AS FLOAT64), CAST(before_7.earnings AS FLOAT64)), 4)
    AS earnings_7d_change,
  last_28.earnings AS earnings_28d,
  ROUND(SAFE_DIVIDE(CAST(last_28.earnings - before_28.earnings AS FLOAT64), CAST(before_28.earnings AS FLOAT64)), 4)
    AS earnings_28d_change,
  audience.followers,
  audience.followers - audience.followers_7_ago AS followers_7d_gain,
  audience.followers - audience.followers_28_ago AS followers_28d_gain,
  subscribers.active AS subscribers,
  subscribers.new_subscribers,
  subscribers.lost_subscribers,
  subscribers.active - subscribers.active_7_ago AS subscribers_7d_gain,
  subscribers.active - subscribers.active_28_ago AS subscribers_28d_gain,
  revenue.month AS revenue_month,
  revenue.net AS revenue_net
FROM days
CROSS JOIN subscribers
CROSS JOIN audience
CROSS JOIN revenue
LEFT JOIN last_7 ON TRUE
LEFT JOIN before_7 ON TRUE
LEFT JOIN last_28 ON TRUE
LEFT JOIN before_28 ON TRUE
WHERE days.ago = 0
