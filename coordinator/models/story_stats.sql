/*
description: >
  One row per published story and day: its figures over its lifetime as the day's snapshot read them, and beside them
  what happened on the day itself. Medium counts the two differently, so that days never add up to a lifetime.
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
    description: Title as it stood.
    tests: [not_null]
  - name: url
    description: Address of the story; null where Medium does not tell.
  - name: first_published_at
    description: When the story was first published; null where Medium does not tell.
  - name: age_days
    description: Days from the UTC day of publication to this one, 0 on the first; null where publication is not known.
    tests:
      - expression: age_days >= 0
  - name: boosted
    description: Whether the story had been boosted by the end of the day, as Medium tells or as the sheet says.
    tests: [not_null]
  - name: boosted_since
    description: >
      Day of the boost, the earlier one where Medium and the sheet differ; null when there was none, or no day was
      written down.
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
  - name: read_ratio
    description: Reads divided by views over the lifetime, to four decimal places; null where nobody viewed the story.
    tests:
      - expression: read_ratio >= 0
  - name: claps
    description: Claps over the lifetime; one person may give fifty.
    tests: [not_null]
  - name: responses
    description: Responses over the lifetime.
    tests: [not_null]
  - name: earnings
    description: Earnings over the lifetime, in earnings_currency; null where the story is not in the Partner Program.
  - name: earnings_currency
    description: >
      ISO 4217 code of earnings; null where that is. Medium reckons in US dollars, and tells the earnings of a day in
      cents without naming a currency: another code here would make those cents ambiguous.
    tests:
      - accepted_values: {values: [USD]}
  - name: day_viewers
    description: People who viewed the story on the day; null where Medium's daily figures leave the story out.
    tests:
      - expression: day_viewers >= 0
  - name: day_readers
    description: People who read the story on the day; null like day_viewers.
    tests:
      - expression: day_readers >= 0
  - name: day_read_ratio
    description: day_readers divided by day_viewers, to four decimal places; null where nobody viewed the story.
  - name: day_clappers
    description: People who clapped on the day; null like day_viewers.
  - name: day_responders
    description: People who responded on the day; null like day_viewers.
  - name: day_earnings
    description: Earnings of the day in US dollars; null where none are reported, which for a few hours means not yet.
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
    WHERE day = @partition_date
    GROUP BY post_id
  ),
  -- What Medium or the sheet tells of boosts by the end of the day. A boost without a date counts.
  boosts AS (
    SELECT post_id, DATE(first_boosted_at) AS boosted_on
    FROM raw.medium_stories
    WHERE snapshot_date = @partition_date AND DATE(first_boosted_at) <= @partition_date
    UNION ALL
    SELECT post_id, boosted_on
    FROM raw.sheets_boosts
    WHERE snapshot_date = @partition_date AND boosted AND (boosted_on IS NULL OR boosted_on <= @partition_date)
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
  ROUND(SAFE_DIVIDE(stories.reads, stories.views), 4) AS read_ratio,
  stories.claps,
  stories.responses,
  stories.earnings,
  stories.earnings_currency,
  days.viewers AS day_viewers,
  days.readers AS day_readers,
  ROUND(SAFE_DIVIDE(days.readers, days.viewers), 4) AS day_read_ratio,
  days.clappers AS day_clappers,
  days.responders AS day_responders,
  days.earnings AS day_earnings
FROM raw.medium_stories AS stories
LEFT JOIN days ON days.post_id = stories.post_id
LEFT JOIN boosted_stories ON boosted_stories.post_id = stories.post_id
WHERE
  stories.snapshot_date = @partition_date
  -- The snapshot is read on the morning after: what was published by then belongs to the next day.
  AND (stories.first_published_at IS NULL OR DATE(stories.first_published_at) <= @partition_date)
