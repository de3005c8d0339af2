/*
# Made from the view r.latest; holds the rows of r.latest, r.latest_qualify.
description: The rows of the view r.latest.
grain: daily
materialized: table
inputs:
  raw.medium_stories: all
columns:
  - name: snapshot_date
    description: 'The partition: the UTC day whose end the snapshot describes.'
  - name: post_id
    description: Medium's id of the story.
  - name: title
    description: Title at the time of the snapshot.
  - name: slug
    description: Last part of the story's URL.
  - name: url
    description: URL of the story.
  - name: created_at
    description: When the draft was created.
  - name: updated_at
    description: When the story was last edited.
  - name: first_published_at
    description: When the story was first published.
  - name: first_boosted_at
    description: When Medium first boosted the story; null if never.
  - name: reading_time_minutes
    description: Medium's estimate of the reading time.
  - name: word_count
    description: Number of words in the story.
  - name: claps
    description: Claps over the story's lifetime.
  - name: voters
    description: People who clapped, over the lifetime.
  - name: responses
    description: Responses over the lifetime.
  - name: is_locked
    description: Whether only Medium members can read the whole story.
  - name: visibility
    description: PUBLIC, LOCKED or UNLISTED.
  - name: presentations
    description: >
      Number of times that the story was shown in a list, over the lifetime; null if Medium does not report it.
  - name: views
    description: Views over the lifetime.
  - name: reads
    description: Reads over the lifetime.
  - name: earnings
    description: >
      Earnings over the lifetime, in earnings_currency; null if the story has no earnings or is not in the
      Partner Program.
  - name: earnings_currency
    description: ISO 4217 code, upper case.
  - name: collection_id
    description: Medium's id of the publication; null if it is in none.
  - name: collection_slug
    description: Short name of the publication.
  - name: collection_name
    description: Name of the publication.
*/
SELECT * EXCEPT (rn) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY post_id ORDER BY snapshot_date DESC) AS rn FROM raw.medium_stories) WHERE rn = 1
