/*
description: >
  One row per month: engagement with all stories, the stories published, and the change from the month before. A month
  without stories has zeros. A change is a fraction (0.1 means a tenth more). It is null unless every day of the month
  before was counted.
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
    description: >
      Days of the month that have figures; fewer than in the month if the pipeline started or the first story was
      published within it, 0 without stories.
    tests:
      - not_null
      - expression: days_counted BETWEEN 0 AND DATE_DIFF(DATE_ADD(month, INTERVAL 1 MONTH), month, DAY)
  - name: stories
    description: Stories that have figures for at least one day of the month.
    tests:
      - not_null
      - expression: (stories > 0) = (days_counted > 0)
  - name: stories_published
    description: >
      Stories first published in the month, according to the month's newest snapshot. A story that was deleted before
      that snapshot is not counted. Null if the month has stories, and that snapshot has none or is missing.
    tests:
      - expression: stories_published >= 0
  - name: published_as_of
    description: Day of the snapshot from which stories_published was counted; null if it has no stories or is missing.
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
    description: >
      readers divided by viewers, to four decimal places; null if no one viewed a story, or fewer than read one.
    tests:
      - expression: read_ratio BETWEEN 0 AND 1
  - name: member_share
    description: Share of the readers who are Medium members, to four decimal places; null if no one read a story.
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
    description: Sum of the people who followed the author from each story on each day.
    tests: [not_null]
  - name: earnings
    description: >
      Earnings of the month in US dollars; null if none were reported for any story and day, 0 without stories.
  - name: viewers_change
    description: Change of viewers from the month before, to four decimal places; also null if there were none.
  - name: readers_change
    description: Change of readers from the month before, like viewers_change.
  - name: clappers_change
    description: Change of clappers from the month before, like viewers_change.
  - name: followers_gained_change
    description: Change of followers_gained from the month before, like viewers_change.
  - name: earnings_change
    description: Change of earnings from the month before, like viewers_change.
*/
WITH
  -- This month and the month before, also without stories.
  months AS (
    SELECT
      calendar_month AS month,
      IFNULL(MAX(days_counted), 0) AS days_counted,
      COUNT(post_id) AS stories,
      IFNULL(SUM(viewers), 0) AS viewers,
      IFNULL(SUM(readers), 0) AS readers,
      IFNULL(SUM(member_readers), 0) AS member_readers,
      IFNULL(SUM(clappers), 0) AS clappers,
      IFNULL(SUM(responders), 0) AS responders,
      IFNULL(SUM(highlighters), 0) AS highlighters,
      IFNULL(SUM(followers_gained), 0) AS followers_gained,
      IF(COUNT(post_id) = 0, NUMERIC '0', SUM(earnings)) AS earnings
    FROM UNNEST([DATE_SUB(@partition_date, INTERVAL 1 MONTH), @partition_date]) AS calendar_month
    LEFT JOIN mart.story_months AS story_months ON story_months.month = calendar_month
    GROUP BY calendar_month
  ),
  -- The newest snapshot, if it is of the month; else no row.
  published AS (
    SELECT day, COUNTIF(DATE(first_published_at) >= @partition_date) AS stories
    FROM mart.story_stats
    WHERE day >= @partition_date
    GROUP BY day
  )
SELECT
  this_month.month,
  this_month.days_counted,
  this_month.stories,
  IFNULL(published.stories, IF(this_month.stories = 0, 0, NULL)) AS stories_published,
  published.day AS published_as_of,
  this_month.viewers,
  this_month.readers,
  ROUND(SAFE_DIVIDE(IF(this_month.readers <= this_month.viewers, this_month.readers, NULL), this_month.viewers), 4)
    AS read_ratio,
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
