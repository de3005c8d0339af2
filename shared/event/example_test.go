package event_test

import (
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// A publisher encodes an event after it has loaded the tables.
func ExampleEvent_Encode() {
	var rows digest.Digest
	rows.Add([]byte(`{"story_id":"a1","views":12}`))
	e := event.Event{
		Version: event.Version, Type: event.Loaded, Source: "medium", Partition: partition.MustParse("2026-11-21"),
		LoadID: "20261122T060000Z-9f31c2",
		Tables: []event.Table{{
			Table: "raw.medium_stories", Rows: 1, Digest: rows.Sum(), LoadedAt: time.Date(2026, 11, 22, 6, 0, 9, 0, time.UTC),
		}},
	}
	data, err := e.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.ReplaceAll(string(data), ",\"", ",\n\""))
	fmt.Println(e.Attributes())

	e.Source = "Medium"
	_, err = e.Encode()
	fmt.Println(err)
	// Output:
	// {"version":1,
	// "type":"loaded",
	// "source":"medium",
	// "partition":"2026-11-21",
	// "load_id":"20261122T060000Z-9f31c2",
	// "tables":[{"table":"raw.medium_stories",
	// "rows":1,
	// "digest":"4259a84ce0ffc0953e3634c579611ea2bf20730ca0af560172116339fdfa5290",
	// "loaded_at":"2026-11-22T06:00:09Z"}]}
	// map[partition:2026-11-21 source:medium type:loaded]
	// event of Medium for 2026-11-21: source "Medium" must be in lower snake case
}

// A subscriber of overdue events prints what a person can do.
func ExampleDecode() {
	e, err := event.Decode([]byte(`{
		"version": 1, "type": "overdue", "source": "medium", "partition": "2026-11-21",
		"late": {"due": "2026-11-22T10:00:00Z", "missing": ["raw.medium_stories"], "hint": "log in again"}
	}`))
	if err != nil {
		fmt.Println(err) // the same bytes always fail: do not retry
		return
	}
	fmt.Printf("%s %s: %s missing since %s; %s\n", e.Source, e.Partition, e.Late.Missing, e.Late.Due.Format(time.DateTime), e.Late.Hint)
	// Output: medium 2026-11-21: [raw.medium_stories] missing since 2026-11-22 10:00:00; log in again
}

// A push endpoint reads Pub/Sub's envelope before it decodes the event.
func ExampleDecodePush() {
	body := `{"message": {"data": "aGVsbG8=", "messageId": "136969346945", "publishTime": "2026-11-22T06:00:10.5Z"},
		"subscription": "projects/my-mart/subscriptions/coordinator", "deliveryAttempt": 2}`
	push, err := event.DecodePush(strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("message %s, attempt %d: %s\n", push.Message.MessageID, push.DeliveryAttempt, push.Message.Data)

	_, err = event.Decode(push.Message.Data)
	fmt.Println(err)
	// Output:
	// message 136969346945, attempt 2: hello
	// event is not the JSON of an event: invalid character 'h' looking for beginning of value
}
