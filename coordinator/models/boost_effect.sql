/*
description: >
  One row per month and state of boost: what a day of a boosted story brings, against a day of one that is not. A story
  is boosted from the day of its boost on, and so may stand on both sides within one month. Boosted stories are mostly
  young, and young stories are read more: the difference is not all the boost's doing.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month, boost]
inputs:
  mart.story_days: each_day
  mart.story_stats: latest
columns:
  - name: month
    description: First day of the month, UTC.
    tests: [not_null]
  - name: boost
    description: >
      BOOSTED: since the day of the boost, or boosted on a day that nobody wrote down. NOT_BOOSTED: before it, or never.
      UNKNOWN: the month's newest snapshot does not hold the story.
    tests:
      - not_null
      - accepted_values: {values: [BOOSTED, NOT_BOOSTED, UNKNOWN]}
  - name: stories
    description: Stories with at least one such day.
    tests:
      - not_null
      - expression: stories > 0
  - name: story_days
    description: Such days, counted for each story.
    tests:
      - not_null
      - expression: story_days >= stories
  - name: viewers
    description: Sum of the people who viewed each story on each such day.
    tests: [not_null]
  - name: readers
    description: Sum of the people who read each story on each such day.
    tests: [not_null]
  - name: read_ratio
    description: readers divided by viewers, to four decimal places; null where nobody viewed anything.
  - name: member_share
    description: The share of readers who pay Medium, to four decimal places; null where nobody read anything.
    tests:
      - expression: member_share >= 0 AND member_share <= 1
  - name: clappers
    description: Sum of the people who clapped for each story on each such day.
    tests: [not_null]
  - name: followers_gained
    description: People who followed the author from such a story on such a day.
    tests: [not_null]
  - name: earnings
    description: Earnings in US dollars; null where none are reported.
  - name: viewers_per_story_day
    description: viewers divided by story_days, to four decimal places.
    tests: [not_null]
  - name: readers_per_story_day
    description: readers divided by story_days, to four decimal places.
    tests: [not_null]
  - name: earnings_per_story_day
    description: earnings divided by story_days, in US dollars, to four decimal places; null where none are reported.
*/
WITH
  -- The month's newest snapshot.
  snapshot AS (
    SELECT post_id, boosted, boosted_since
    FROM mart.story_stats
    WHERE day >= @partition_date AND day < @partition_end
    QUALIFY RANK() OVER (ORDER BY day DESC) = 1
  ),
  days AS (
    SELECT
      story_days.*,
      CASE
        WHEN snapshot.post_id IS NULL THEN 'UNKNOWN'
        WHEN NOT snapshot.boosted THEN 'NOT_BOOSTED'
        WHEN story_days.day < snapshot.boosted_since THEN 'NOT_BOOSTED'
        ELSE 'BOOSTED'
      END AS boost
    FROM mart.story_days AS story_days
    LEFT JOIN snapshot ON snapshot.post_id = story_days.post_id
    WHERE story_days.day >= @partition_date AND story_days.day < @partition_end
  )
SELECT
  @partition_date AS month,
  boost,
  COUNT(DISTINCT post_id) AS stories,
  COUNT(*) AS story_days,
  SUM(viewers) AS viewers,
  SUM(readers) AS readers,
  ROUND(SAFE_DIVIDE(SUM(readers), SUM(viewers)), 4) AS read_ratio,
  ROUND(SAFE_DIVIDE(SUM(member_readers), SUM(readers)), 4) AS member_share,
  SUM(clappers) AS clappers,
  SUM(followers_gained) AS followers_gained,
  SUM(earnings) AS earnings,
  ROUND(SAFE_DIVIDE(SUM(viewers), COUNT(*)), 4) AS viewers_per_story_day,
  ROUND(SAFE_DIVIDE(SUM(readers), COUNT(*)), 4) AS readers_per_story_day,
  ROUND(SAFE_DIVIDE(CAST(SUM(earnings) AS FLOAT64), COUNT(*)), 4) AS earnings_per_story_day
FROM days
GROUP BY boost
