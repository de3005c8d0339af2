// Package event is the contract between whoever loads data and the coordinator that waits for it.
//
// An event is one Pub/Sub message. Its data is the JSON below; its attributes source, partition and type repeat three of
// the fields, for subscription filters and for people.
//
//	{
//	  "version": 1,
//	  "type": "loaded",                  loaded: a source wrote raw tables; materialized: the coordinator wrote a model;
//	                                     overdue: a source's tables did not come in time, see below
//	  "source": "medium",                the source, or the model
//	  "partition": "2026-11-21",         a day or a month of the data, UTC
//	  "load_id": "20261122T060000Z-9f31c2",
//	  "tables": [{                       at least one; not necessarily all of the source's
//	    "table": "raw.medium_stories",
//	    "rows": 143,
//	    "digest": "5feceb66…",           64 hexadecimal digits, see package digest
//	    "loaded_at": "2026-11-22T06:00:09.123456Z"   when the load job ended, by the warehouse's clock
//	  }]
//	}
//
// An overdue event has no load_id and no tables. It is for whoever wants to be told, by a subscription of their own with the
// filter attributes.type = "overdue"; the coordinator publishes it, and does nothing about one:
//
//	"late": {
//	  "due": "2026-11-22T10:00:00Z",
//	  "missing": ["raw.medium_stories"], tables that have not arrived; without it, the last of them has arrived now
//	  "lost": ["raw.medium_stories"],    of those, what nothing can bring back
//	  "requests": 2,                        how often the source has been asked for it again
//	  "blocks": ["story_stats 2026-11-21"], models' partitions that wait for it
//	  "hint": "…", "command": "…"        what a person can do
//	}
//
// It is published once for each change of what is missing; a second time when its publisher has died in between.
//
// What a publisher of the others promises: the event is published after every table it names has been replaced for that
// partition, and says of each what stands there now. It may be published any number of times, late, and in any order. What a
// subscriber promises: the newest loaded_at of a table is its state; an event seen before changes nothing; an event it cannot
// read goes to the dead-letter topic with the reason, because reading it again cannot help.
//
// A reader refuses a version that it does not know. A new optional field does not raise the version; a new meaning does.
package event
