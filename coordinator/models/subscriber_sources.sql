/*
description: >
  One row per day and attribution: where the subscribers came from, as far as Kit knows. What Kit does not report is
  "(none)" instead of null, so that every column can be grouped and filtered.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key:
  [day, source_type, source_name, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content]
cluster_by: [source_type, source_name]
columns:
  - name: day
    description: The UTC day.
    tests: [not_null]
  - name: source_type
    description: "How the subscribers were added: form_subscription, import, …"
    tests: [not_null]
  - name: source_name
    description: Name of the form or import.
    tests: [not_null]
  - name: referrer_domain
    description: Host of the URL that the subscribers came from, lower case, without a leading www.
    tests:
      - not_null
      - expression: referrer_domain = LOWER(referrer_domain)
  - name: utm_source
    description: Campaign parameter utm_source.
    tests: [not_null]
  - name: utm_medium
    description: Campaign parameter utm_medium.
    tests: [not_null]
  - name: utm_campaign
    description: Campaign parameter utm_campaign.
    tests: [not_null]
  - name: utm_term
    description: Campaign parameter utm_term.
    tests: [not_null]
  - name: utm_content
    description: Campaign parameter utm_content.
    tests: [not_null]
  - name: total
    description: Subscribers in all states who were added by the end of the day.
    tests:
      - not_null
      - expression: total > 0
  - name: active
    description: Those of total who receive e-mail.
    tests:
      - not_null
      - expression: active <= total
  - name: new_subscribers
    description: Active subscribers who were added on the day.
    tests:
      - not_null
      - expression: new_subscribers <= active
*/
WITH
  -- A snapshot is read on the next morning: a subscriber added after the day's end belongs to the next day.
  subscribers AS (
    SELECT
      snapshot_date AS day,
      state,
      DATE(created_at) AS added_on,
      IF(source_type != '', source_type, '(none)') AS source_type,
      IF(source_name != '', source_name, '(none)') AS source_name,
      COALESCE(
        REGEXP_EXTRACT(LOWER(referrer), r'^(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?([^/:?#]+)(?::[0-9]+)?(?:[/?#]|$)'),
        '(none)'
      ) AS referrer_domain,
      IF(utm_source != '', utm_source, '(none)') AS utm_source,
      IF(utm_medium != '', utm_medium, '(none)') AS utm_medium,
      IF(utm_campaign != '', utm_campaign, '(none)') AS utm_campaign,
      IF(utm_term != '', utm_term, '(none)') AS utm_term,
      IF(utm_content != '', utm_content, '(none)') AS utm_content
    FROM raw.kit_subscribers
    WHERE DATE(created_at) <= @partition_date
  )
SELECT
  day,
  source_type,
  source_name,
  referrer_domain,
  utm_source,
  utm_medium,
  utm_campaign,
  utm_term,
  utm_content,
  COUNT(*) AS total,
  COUNTIF(state = 'active') AS active,
  COUNTIF(state = 'active' AND added_on = day) AS new_subscribers
FROM subscribers
GROUP BY
  day,
  source_type,
  source_name,
  referrer_domain,
  utm_source,
  utm_medium,
  utm_campaign,
  utm_term,
  utm_content
