/*
# Made from the view r.latest; holds the rows of r.latest, r.latest_qualify.
description: The rows of the view r.latest.
grain: daily
materialized: table
columns:
  - name: snapshot_date
    description: 'The partition: the UTC day that the snapshot closes.'
  - name: post_id
    description: Medium's id of the story.
  - name: title
    description: Title as it stood.
  - name: slug
    description: Last part of the story's address.
  - name: url
    description: Address of the story.
  - name: created_at
    description: When the draft was begun.
  - name: updated_at
    description: When the story was last edited.
  - name: first_published_at
    description: When the story was first published.
  - name: first_boosted_at
    description: 'When Medium first boosted the story; null: never.'
  - name: reading_time_minutes
    description: Medium's estimate of the reading time.
  - name: word_count
    description: Words in the story.
  - name: claps
    description: Claps over the story's lifetime.
  - name: voters
    description: People who clapped, over the lifetime.
  - name: responses
    description: Responses over the lifetime.
  - name: is_locked
    description: Whether the story is behind the member wall.
  - name: visibility
    description: PUBLIC, LOCKED or UNLISTED.
  - name: presentations
    description: >
      Times that the story was shown in a list, over the lifetime; null where Medium does not tell.
  - name: views
    description: Views over the lifetime.
  - name: reads
    description: Reads over the lifetime.
  - name: earnings
    description: >
      Earnings over the lifetime, in earnings_currency; null: the story earns nothing or is not in the
      programme.
  - name: earnings_currency
    description: ISO 4217 code, upper case.
  - name: collection_id
    description: 'Medium''s id of the publication; null: none.'
  - name: collection_slug
    description: Short name of the publication.
  - name: collection_name
    description: Name of the publication.
*/
SELECT * EXCEPT (rn) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY post_id ORDER BY snapshot_date DESC) AS rn FROM raw.medium_stories WHERE snapshot_date < @partition_end) WHERE rn = 1
