/*
description: >
  One row per story and day, for members and non-members together. A person is counted once for each story and day, so
  in sums over several days or stories one person can count several times.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day, post_id]
cluster_by: [post_id]
columns:
  - name: day
    description: The UTC day.
    tests: [not_null]
  - name: post_id
    description: Medium's id of the story.
    tests: [not_null]
  - name: viewers
    description: People who viewed the story on the day.
    tests:
      - not_null
      - expression: viewers >= 0
  - name: readers
    description: People who read the story on the day.
    tests:
      - not_null
      - expression: readers >= 0
      - expression: readers <= viewers
        severity: warn
  - name: read_ratio
    description: >
      readers divided by viewers, to four decimal places; null if no one viewed the story, or fewer than read it.
    tests:
      - expression: read_ratio BETWEEN 0 AND 1
  - name: member_viewers
    description: Viewers who are Medium members.
    tests:
      - not_null
      - expression: member_viewers <= viewers
  - name: member_readers
    description: Readers who are Medium members; only their reading earns money.
    tests:
      - not_null
      - expression: member_readers <= readers
  - name: member_share
    description: member_readers divided by readers, to four decimal places; null if no one read the story.
    tests:
      - expression: member_share >= 0 AND member_share <= 1
  - name: clappers
    description: People who clapped on the day.
    tests: [not_null]
  - name: responders
    description: People who responded on the day.
    tests: [not_null]
  - name: highlighters
    description: People who highlighted a passage on the day.
    tests: [not_null]
  - name: followers_gained
    description: People who followed the author from this story on the day.
    tests: [not_null]
  - name: earnings
    description: Earnings of the day in US dollars; null if none are reported. Medium reports them a few hours later.
*/
SELECT
  day,
  post_id,
  SUM(viewers) AS viewers,
  SUM(readers) AS readers,
  -- More readers than viewers are no share of them. They have no ratio, and a test warns and names them: one odd story must
  -- not keep the day of all others from being published, and a ratio cut to 1 would look right.
  ROUND(SAFE_DIVIDE(IF(SUM(readers) <= SUM(viewers), SUM(readers), NULL), SUM(viewers)), 4) AS read_ratio,
  SUM(IF(membership = 'MEMBER', viewers, 0)) AS member_viewers,
  SUM(IF(membership = 'MEMBER', readers, 0)) AS member_readers,
  ROUND(SAFE_DIVIDE(SUM(IF(membership = 'MEMBER', readers, 0)), SUM(readers)), 4) AS member_share,
  SUM(clappers) AS clappers,
  SUM(responders) AS responders,
  SUM(highlighters) AS highlighters,
  SUM(followers_gained) AS followers_gained,
  SUM(earnings_cents) * NUMERIC '0.01' AS earnings
FROM raw.medium_story_days
GROUP BY day, post_id
