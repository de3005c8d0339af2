/*
description: >
  One row per month and state of boost: compares the days of boosted stories with the days of other stories. A story
  counts as boosted from the day of its boost, so one story can be in both groups in one month. Boosted stories are
  mostly new, and new stories are read more, so the boost alone does not explain the difference. Every calendar day since
  a story was published counts, also a day that no one viewed it: averages over the days with viewers alone would be too
  high, and would depend on whether Medium leaves out the other days.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month, boost]
inputs:
  mart.story_days: each_day
  mart.story_months: previous_month
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
    description: >
      Calendar days in this state since a story was published, summed over the stories; if that day is unknown, since the
      first day of the month. Days before the pipeline's start do not count.
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
    description: >
      readers divided by viewers, to four decimal places; null if no one viewed a story, or fewer than read one.
    tests:
      - expression: read_ratio BETWEEN 0 AND 1
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
  -- The newest snapshot, if it is of the month; else no row.
  snapshot AS (
    SELECT post_id, boosted, boosted_since, DATE(first_published_at) AS published_on
    FROM mart.story_stats
    WHERE day >= @partition_date
  ),
  stories AS (
    SELECT
      COALESCE(snapshot.post_id, viewed.post_id) AS post_id,
      snapshot.post_id IS NOT NULL AS known,
      snapshot.boosted,
      snapshot.boosted_since,
      snapshot.published_on
    FROM snapshot
    FULL JOIN (SELECT DISTINCT post_id FROM mart.story_days) AS viewed ON viewed.post_id = snapshot.post_id
  ),
  -- The first day of the month that was loaded. If the month before has figures, it is the first of the month; if not, the
  -- pipeline may have started within the month, with the first day that has figures.
  loaded AS (
    SELECT IF(COUNT(*) > 0, @partition_date, IFNULL((SELECT MIN(day) FROM mart.story_days), @partition_date)) AS since
    FROM mart.story_months
  ),
  days AS (
    SELECT
      stories.post_id,
      CASE
        WHEN NOT stories.known THEN 'UNKNOWN'
        WHEN NOT stories.boosted THEN 'NOT_BOOSTED'
        WHEN calendar_day < stories.boosted_since THEN 'NOT_BOOSTED'
        ELSE 'BOOSTED'
      END AS boost,
      IFNULL(figures.viewers, 0) AS viewers,
      IFNULL(figures.readers, 0) AS readers,
      IFNULL(figures.member_readers, 0) AS member_readers,
      IFNULL(figures.clappers, 0) AS clappers,
      IFNULL(figures.followers_gained, 0) AS followers_gained,
      figures.earnings
    FROM stories
    CROSS JOIN loaded
    CROSS JOIN UNNEST(GENERATE_DATE_ARRAY(@partition_date, DATE_SUB(@partition_end, INTERVAL 1 DAY))) AS calendar_day
    LEFT JOIN mart.story_days AS figures ON figures.post_id = stories.post_id AND figures.day = calendar_day
    WHERE
      figures.day IS NOT NULL
      OR (calendar_day >= loaded.since AND (stories.published_on IS NULL OR calendar_day >= stories.published_on))
  )
SELECT
  @partition_date AS month,
  boost,
  COUNT(DISTINCT post_id) AS stories,
  COUNT(*) AS story_days,
  SUM(viewers) AS viewers,
  SUM(readers) AS readers,
  ROUND(SAFE_DIVIDE(IF(SUM(readers) <= SUM(viewers), SUM(readers), NULL), SUM(viewers)), 4) AS read_ratio,
  ROUND(SAFE_DIVIDE(SUM(member_readers), SUM(readers)), 4) AS member_share,
  SUM(clappers) AS clappers,
  SUM(followers_gained) AS followers_gained,
  SUM(earnings) AS earnings,
  ROUND(SAFE_DIVIDE(SUM(viewers), COUNT(*)), 4) AS viewers_per_story_day,
  ROUND(SAFE_DIVIDE(SUM(readers), COUNT(*)), 4) AS readers_per_story_day,
  ROUND(SAFE_DIVIDE(CAST(SUM(earnings) AS FLOAT64), COUNT(*)), 4) AS earnings_per_story_day
FROM days
GROUP BY boost
