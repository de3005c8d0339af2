// Package event defines the messages on the topic loaded: what every publisher writes and every subscriber can
// rely on.
//
// There are three types of event. To receive only one of them, create a subscription with a filter on the message
// attribute type:
//
//   - loaded: a source replaced a partition of its raw tables. Sources publish it.
//   - materialized: a model's table has a new partition. The coordinator publishes it.
//   - overdue: tables of a source did not arrive in time, or have arrived after all. The coordinator
//     publishes it for people and their tools; no part of Rollcall acts on it.
//
// # The message
//
// The data of a message is one JSON object, at most a few kilobytes. Three attributes repeat fields of it, for
// filters: source, partition and type.
//
// A loaded event:
//
//	{
//	  "version": 1,
//	  "type": "loaded",
//	  "source": "medium",                                the source's name in pipeline.yaml
//	  "partition": "2026-11-21",                         the day of the data, or its month as "2026-11"; in UTC
//	  "load_id": "20261122T060000Z-9f31c2",              names the load: letters, digits, - and _, at most 128
//	  "tables": [                                        1 to 100 tables, not always all tables of the source
//	    {
//	      "table": "raw.medium_stories",                 dataset.table
//	      "rows": 143,                                   in this partition now; of a table without partitions: in all
//	      "carried": 2,                                  those of an earlier load that the source no longer sends; left out: none
//	      "digest": "5feceb66…",                         of these rows, 64 hexadecimal digits; see package digest
//	      "loaded_at": "2026-11-22T06:00:09.123456Z"     when the load job ended, by the warehouse's clock; microseconds, UTC
//	    }
//	  ],
//	  "accepted": {                                      only if the load had been refused, and a person accepted its rows
//	    "by": "ada@laptop",
//	    "reason": "cleaned the list",
//	    "at": "2026-11-22T09:10:00Z",
//	    "load_id": "20261122T060000123Z-9f31c2",         of the load that was refused
//	    "refused": ["raw.medium_stories fell …"]         why it was refused, in words
//	  }
//	}
//
// A materialized event has the same fields. Its source is the model, its one table is the model's, and load_id
// names the run:
//
//	{
//	  "version": 1,
//	  "type": "materialized",
//	  "source": "story_stats",
//	  "partition": "2026-11-21",
//	  "load_id": "9c1185a5c5e9_a1",
//	  "tables": [
//	    {"table": "mart.story_stats", "rows": 12, "digest": "6b86b273…", "loaded_at": "2026-11-22T06:01:30.000001Z"}
//	  ]
//	}
//
// An overdue event has late in place of load_id and tables. Empty fields of late are left out:
//
//	{
//	  "version": 1,
//	  "type": "overdue",
//	  "source": "medium",
//	  "partition": "2026-11-21",
//	  "late": {
//	    "due": "2026-11-22T10:00:00Z",                   when the tables should have arrived
//	    "missing": ["raw.medium_stories"],               tables that have not arrived; left out: the last one has arrived now
//	    "lost": ["raw.medium_stories"],                  those of missing that cannot be loaded any more
//	    "requests": 2,                                   how often the coordinator has requested the load again
//	    "blocks": ["story_stats 2026-11-21"],            models and their partitions that wait for missing
//	    "failure": {                                     why the newest load failed, if that is known
//	      "load_id": "20261122T060000123Z-9f31c2",
//	      "at": "2026-11-22T06:00:14Z",
//	      "code": "volume",                              what kind of failure; "failed": the source could not be read
//	      "reason": "raw.medium_stories fell …",         in words
//	      "hint": "look at the source …",                what the source says that a person can do
//	      "attempt": 3,                                  how many loads have failed since one succeeded
//	      "acceptable": true                             the rows were refused, and a person can accept them
//	    },
//	    "hint": "look at the source …",                  what a person can do
//	    "command": "go run ./scripts/rollcall …"         the command that does it
//	  }
//	}
//
// # What publishers promise
//
//   - An event is published after each of its tables has been replaced in this partition. It describes the
//     rows that the table holds now.
//   - Partitions and instants lie in the years 2000 to 2199. A loaded event is about a partition that has ended, or says who
//     accepted it before. No loaded_at lies more than an hour ahead of the subscriber's clock.
//   - Every load is announced at least once. An event can be published more than once, late, and in any order.
//   - An overdue event is published once for each change of missing, of lost and of the reason why loads fail, and
//     possibly again after a crash.
//
// # What subscribers must do
//
//   - Use the newest loaded_at of a table and partition as its state. Ignore older events, and events seen before.
//   - Ignore fields that they do not know.
//   - Refuse a version that they do not know. A new optional field keeps the version; a changed meaning raises it.
//   - Not retry an event that they cannot read, since the same bytes fail again. Rollcall publishes it to the
//     dead-letter topic with the attribute reason.
package event
