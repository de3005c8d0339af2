/*
description: >
  One row per story and month: the sums over its days. It runs when every day of the month has arrived. A person is
  counted once for each story and day.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month, post_id]
cluster_by: [post_id]
inputs:
  mart.story_days: each_day
columns:
  - name: month
    description: First day of the month, UTC.
    tests: [not_null]
  - name: post_id
    description: Medium's id of the story.
    tests: [not_null]
  - name: days_counted
    description: >
      Days of the month that have figures for any story, the same on every row; fewer than the days of the month if the
      pipeline started within it.
    tests:
      - not_null
      - expression: days_counted BETWEEN 1 AND 31
  - name: story_days
    description: >
      Days of the month that have figures for this story. It is no divisor for an average by day: a day without viewers
      can have no figures. boost_effect counts calendar days.
    tests:
      - not_null
      - expression: story_days <= days_counted
  - name: viewers
    description: Sum over the days of the people who viewed the story.
    tests: [not_null]
  - name: readers
    description: Sum over the days of the people who read the story.
    tests: [not_null]
  - name: member_readers
    description: Sum over the days of the readers who are Medium members.
    tests:
      - not_null
      - expression: member_readers <= readers
  - name: clappers
    description: Sum over the days of the people who clapped.
    tests: [not_null]
  - name: responders
    description: Sum over the days of the people who responded.
    tests: [not_null]
  - name: highlighters
    description: Sum over the days of the people who highlighted a passage.
    tests: [not_null]
  - name: followers_gained
    description: Sum over the days of the people who followed the author from this story.
    tests: [not_null]
  - name: earnings
    description: Earnings of the month in US dollars; null if none were reported on any day.
*/
WITH
  counted AS (
    SELECT COUNT(DISTINCT day) AS days_counted
    FROM mart.story_days
  )
SELECT
  @partition_date AS month,
  days.post_id,
  counted.days_counted,
  COUNT(DISTINCT days.day) AS story_days,
  SUM(days.viewers) AS viewers,
  SUM(days.readers) AS readers,
  SUM(days.member_readers) AS member_readers,
  SUM(days.clappers) AS clappers,
  SUM(days.responders) AS responders,
  SUM(days.highlighters) AS highlighters,
  SUM(days.followers_gained) AS followers_gained,
  SUM(days.earnings) AS earnings
FROM mart.story_days AS days
CROSS JOIN counted
GROUP BY days.post_id, counted.days_counted
