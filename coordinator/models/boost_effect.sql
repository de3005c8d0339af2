/*
description: >
  One row per month and state of boost: compares the days of boosted stories with the days of other stories. A story
  counts as boosted from the day of its boost, so one story can be in both groups in one month. Boosted stories are
  mostly new, and new stories are read more, so the boost alone does not explain the difference.
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
      BOOSTED: from the day of the boost, or for the whole month if the day of the boost is unknown. NOT_BOOSTED: before
      that day, or never boosted. UNKNOWN: the story is not in the month's newest snapshot, or the month has none.
    tests:
      - not_null
      - accepted_values: {values: [BOOSTED, NOT_BOOSTED, UNKNOWN]}
  - name: stories
    description: Stories with at least one day in this state.
    tests:
      - not_null
      - expression: stories > 0
  - name: story_days
    description: Days in this state, summed over the stories.
    tests:
      - not_null
      - expression: story_days >= stories
  - name: viewers
    description: Sum of the people who viewed each story on each of these days.
    tests: [not_null]
  - name: readers
    description: Sum of the people who read each story on each of these days.
    tests: [not_null]
  - name: read_ratio
    description: readers divided by viewers, to four decimal places; null if no one viewed a story.
  - name: member_share
    description: Share of the readers who are Medium members, to four decimal places; null if no one read a story.
    tests:
      - expression: member_share >= 0 AND member_share <= 1
  - name: clappers
    description: Sum of the people who clapped for each story on each of these days.
    tests: [not_null]
  - name: followers_gained
    description: Sum of the people who followed the author from each story on each of these days.
    tests: [not_null]
  - name: earnings
    description: Earnings of these days in US dollars; null if none were reported.
  - name: viewers_per_story_day
    description: viewers divided by story_days, to four decimal places.
    tests: [not_null]
  - name: readers_per_story_day
    description: readers divided by story_days, to four decimal places.
    tests: [not_null]
  - name: earnings_per_story_day
    description: earnings divided by story_days, in US dollars, to four decimal places; null if none were reported.
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
