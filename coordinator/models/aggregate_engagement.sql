/*
description: >
  One row per month: engagement with all stories, the stories published, and the change on the month before. A change is
  a fraction (0.1: a tenth more), and null unless each day of the month before was counted: part of it is no measure.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month]
inputs:
  mart.story_months: [same, previous_month]
  mart.story_stats: latest
columns:
  - name: month
    description: First day of the month, UTC.
    tests: [not_null]
  - name: days_counted
    description: Days of the month that have figures; fewer than it has days when the pipeline began within it.
    tests:
      - not_null
      - expression: days_counted BETWEEN 1 AND DATE_DIFF(DATE_ADD(month, INTERVAL 1 MONTH), month, DAY)
  - name: stories
    description: Stories that have figures on some day of the month.
    tests:
      - not_null
      - expression: stories > 0
  - name: stories_published
    description: >
      Stories first published in the month, by the month's newest snapshot; null when it has none. A story that was
      deleted before that snapshot is not counted.
    tests:
      - expression: stories_published >= 0
  - name: published_as_of
    description: Day of the snapshot that stories_published was counted in; null when the month has none.
  - name: viewers
    description: Sum of the people who viewed each story on each day.
    tests:
      - not_null
      - expression: viewers >= 0
  - name: readers
    description: Sum of the people who read each story on each day.
    tests:
      - not_null
      - expression: readers >= 0
  - name: read_ratio
    description: readers divided by viewers, to four decimal places; null where nobody viewed anything.
  - name: member_share
    description: The share of readers who pay Medium, to four decimal places; null where nobody read anything.
    tests:
      - expression: member_share >= 0 AND member_share <= 1
  - name: clappers
    description: Sum of the people who clapped for each story on each day.
    tests: [not_null]
  - name: responders
    description: Sum of the people who responded to each story on each day.
    tests: [not_null]
  - name: highlighters
    description: Sum of the people who highlighted a passage of each story on each day.
    tests: [not_null]
  - name: followers_gained
    description: People who followed the author from a story.
    tests: [not_null]
  - name: earnings
    description: Earnings of the month in US dollars; null where no day of any story reports any.
  - name: viewers_change
    description: Change of viewers on the month before, to four decimal places; null also where there were none.
  - name: readers_change
    description: Change of readers on the month before, likewise.
  - name: clappers_change
    description: Change of clappers on the month before, likewise.
  - name: followers_gained_change
    description: Change of followers_gained on the month before, likewise.
  - name: earnings_change
    description: Change of earnings on the month before, likewise.
*/
WITH
  months AS (
    SELECT
      month,
      MAX(days_counted) AS days_counted,
      COUNT(*) AS stories,
      SUM(viewers) AS viewers,
      SUM(readers) AS readers,
      SUM(member_readers) AS member_readers,
      SUM(clappers) AS clappers,
      SUM(responders) AS responders,
      SUM(highlighters) AS highlighters,
      SUM(followers_gained) AS followers_gained,
      SUM(earnings) AS earnings
    FROM mart.story_months
    WHERE month >= DATE_SUB(@partition_date, INTERVAL 1 MONTH) AND month < @partition_end
    GROUP BY month
  ),
  -- The month's newest snapshot; no row when it has none.
  published AS (
    SELECT day, COUNTIF(DATE(first_published_at) >= @partition_date) AS stories
    FROM mart.story_stats
    WHERE day >= @partition_date AND day < @partition_end
    GROUP BY day
    QUALIFY ROW_NUMBER() OVER (ORDER BY day DESC) = 1
  )
SELECT
  this_month.month,
  this_month.days_counted,
  this_month.stories,
  published.stories AS stories_published,
  published.day AS published_as_of,
  this_month.viewers,
  this_month.readers,
  ROUND(SAFE_DIVIDE(this_month.readers, this_month.viewers), 4) AS read_ratio,
  ROUND(SAFE_DIVIDE(this_month.member_readers, this_month.readers), 4) AS member_share,
  this_month.clappers,
  this_month.responders,
  this_month.highlighters,
  this_month.followers_gained,
  this_month.earnings,
  ROUND(SAFE_DIVIDE(this_month.viewers - before.viewers, before.viewers), 4) AS viewers_change,
  ROUND(SAFE_DIVIDE(this_month.readers - before.readers, before.readers), 4) AS readers_change,
  ROUND(SAFE_DIVIDE(this_month.clappers - before.clappers, before.clappers), 4) AS clappers_change,
  ROUND(SAFE_DIVIDE(this_month.followers_gained - before.followers_gained, before.followers_gained), 4)
    AS followers_gained_change,
  ROUND(SAFE_DIVIDE(CAST(this_month.earnings - before.earnings AS FLOAT64), CAST(before.earnings AS FLOAT64)), 4)
    AS earnings_change
FROM months AS this_month
LEFT JOIN months AS before
  ON before.month = DATE_SUB(this_month.month, INTERVAL 1 MONTH)
  AND before.days_counted = DATE_DIFF(this_month.month, before.month, DAY)
LEFT JOIN published ON TRUE
WHERE this_month.month = @partition_date
