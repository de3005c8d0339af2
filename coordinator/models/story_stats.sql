/*
description: >
  One row per published story and day: its lifetime figures from the day's snapshot, and the figures of the day itself.
  Medium counts the two differently, so the days do not add up to the lifetime.
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
  - name: title
    description: Title at the time of the snapshot.
    tests: [not_null]
  - name: url
    description: URL of the story; null if Medium does not report it.
  - name: first_published_at
    description: When the story was first published; null if Medium does not report it.
  - name: age_days
    description: Days since the UTC day of publication, 0 on that day; null if first_published_at is null.
    tests:
      - expression: age_days >= 0
  - name: boosted
    description: Whether the story had been boosted by the end of the day, according to Medium or the sheet.
    tests: [not_null]
  - name: boosted_since
    description: >
      Day of the boost, the earlier one if Medium and the sheet differ; null if the story was not boosted or the day is
      unknown.
    tests:
      - expression: boosted_since <= day
  - name: views
    description: Views over the lifetime.
    tests:
      - not_null
      - expression: views >= 0
  - name: reads
    description: Reads over the lifetime.
    tests:
      - not_null
      - expression: reads >= 0
      - expression: reads <= views
        severity: warn
  - name: read_ratio
    description: >
      Reads divided by views over the lifetime, to four decimal places; null if there are no views, or fewer than reads.
    tests:
      - expression: read_ratio BETWEEN 0 AND 1
  - name: claps
    description: Claps over the lifetime; one person can give up to fifty.
    tests: [not_null]
  - name: responses
    description: Responses over the lifetime.
    tests: [not_null]
  - name: earnings
    description: Earnings over the lifetime, in earnings_currency; null if the story is not in the Partner Program.
  - name: earnings_currency
    description: >
      ISO 4217 code of earnings; null if earnings is null. Only USD is accepted: Medium reports the earnings of a day in
      cents without a currency, so another code here would make day_earnings ambiguous.
    tests:
      - accepted_values: {values: [USD]}
  - name: day_viewers
    description: People who viewed the story on the day; null if Medium's daily figures do not include the story.
    tests:
      - expression: day_viewers >= 0
  - name: day_readers
    description: People who read the story on the day; null if day_viewers is null.
    tests:
      - expression: day_readers >= 0
  - name: day_read_ratio
    description: >
      day_readers divided by day_viewers, to four decimal places; null if no one viewed the story, or fewer than read it.
    tests:
      - expression: day_read_ratio BETWEEN 0 AND 1
  - name: day_clappers
    description: People who clapped on the day; null if day_viewers is null.
  - name: day_responders
    description: People who responded on the day; null if day_viewers is null.
  - name: day_earnings
    description: Earnings of the day in US dollars; null if none are reported. Medium reports them a few hours later.
tests:
  - expression: boosted OR boosted_since IS NULL
*/
WITH
  days AS (
    SELECT
      post_id,
      SUM(viewers) AS viewers,
      SUM(readers) AS readers,
      SUM(clappers) AS clappers,
      SUM(responders) AS responders,
      SUM(earnings_cents) * NUMERIC '0.01' AS earnings
    FROM raw.medium_story_days
    GROUP BY post_id
  ),
  -- Boosts by the end of the day, according to Medium or the sheet. A boost without a date counts.
  boosts AS (
    SELECT post_id, DATE(first_boosted_at) AS boosted_on
    FROM raw.medium_stories
    WHERE DATE(first_boosted_at) <= @partition_date
    UNION ALL
    SELECT post_id, boosted_on
    FROM raw.sheets_boosts
    WHERE boosted AND (boosted_on IS NULL OR boosted_on <= @partition_date)
  ),
  boosted_stories AS (
    SELECT post_id, MIN(boosted_on) AS boosted_since
    FROM boosts
    GROUP BY post_id
  )
SELECT
  stories.snapshot_date AS day,
  stories.post_id,
  stories.title,
  stories.url,
  stories.first_published_at,
  DATE_DIFF(stories.snapshot_date, DATE(stories.first_published_at), DAY) AS age_days,
  boosted_stories.post_id IS NOT NULL AS boosted,
  boosted_stories.boosted_since,
  stories.views,
  stories.reads,
  -- More reads than views are no share of them; see story_days.
  ROUND(SAFE_DIVIDE(IF(stories.reads <= stories.views, stories.reads, NULL), stories.views), 4) AS read_ratio,
  stories.claps,
  stories.responses,
  stories.earnings,
  stories.earnings_currency,
  days.viewers AS day_viewers,
  days.readers AS day_readers,
  ROUND(SAFE_DIVIDE(IF(days.readers <= days.viewers, days.readers, NULL), days.viewers), 4) AS day_read_ratio,
  days.clappers AS day_clappers,
  days.responders AS day_responders,
  days.earnings AS day_earnings
FROM raw.medium_stories AS stories
LEFT JOIN days ON days.post_id = stories.post_id
LEFT JOIN boosted_stories ON boosted_stories.post_id = stories.post_id
-- The snapshot is read on the next morning: a story published after the day's end belongs to the next day.
WHERE stories.first_published_at IS NULL OR DATE(stories.first_published_at) <= @partition_date
