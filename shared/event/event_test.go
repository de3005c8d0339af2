package event_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

func sample() event.Event {
	var d digest.Digest
	d.Add([]byte("row"))
	return event.Event{
		Version: event.Version, Type: event.Loaded, Source: "medium", Partition: partition.MustParse("2026-11-21"),
		LoadID: "20261122T060000123Z-9f31c2aa",
		Tables: []event.Table{{Table: "raw.medium_stories", Rows: 1, Digest: d.Sum(), LoadedAt: time.Date(2026, 11, 22, 6, 0, 9, 123456000, time.UTC)}},
	}
}

// The text is the contract: a change here is a change for every publisher and subscriber.
func TestEncodeIsTheContract(t *testing.T) {
	got, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"version":1,"type":"loaded","source":"medium","partition":"2026-11-21","load_id":"20261122T060000123Z-9f31c2aa",` +
		`"tables":[{"table":"raw.medium_stories","rows":1,"digest":"634768dae1474506e4bf7d341890542b09987d7e6aea5d446c02e37581a56954","loaded_at":"2026-11-22T06:00:09.123456Z"}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	back, err := event.Decode(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), back, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"source": "medium", "partition": "2026-11-21", "type": "loaded"}, back.Attributes()); diff != "" {
		t.Error(diff)
	}
}

func overdue() event.Event {
	return event.Event{
		Version: event.Version, Type: event.Overdue, Source: "medium", Partition: partition.MustParse("2026-11-21"),
		Late: &event.Late{Due: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Missing: []string{"raw.medium_stories"},
			Requests: 2, Blocks: []string{"story_stats 2026-11-21"}, Hint: "log in", Command: "true"},
	}
}

func TestAnOverdueEventIsTheContractToo(t *testing.T) {
	got, err := overdue().Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"version":1,"type":"overdue","source":"medium","partition":"2026-11-21","late":{"due":"2026-11-22T10:00:00Z",` +
		`"missing":["raw.medium_stories"],"requests":2,"blocks":["story_stats 2026-11-21"],"hint":"log in","command":"true"}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if back, err := event.Decode(got); err != nil || back.Attributes()["type"] != "overdue" {
		t.Errorf("%+v, %v", back, err)
	}
	for what, change := range map[string]func(*event.Event){
		"since when":   func(e *event.Event) { e.Late.Due = time.Time{} },
		"overdue":      func(e *event.Event) { e.Late = nil },
		"late.due is":  func(e *event.Event) { e.Late.Due = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) },
		"lie between":  func(e *event.Event) { e.Partition = partition.MustParse("2199-12").Add(1) },
		"no load_id":   func(e *event.Event) { e.LoadID = "a" },
		"no tables":    func(e *event.Event) { e.Tables = sample().Tables },
		"only an over": func(e *event.Event) { *e = sample(); e.Late = overdue().Late },
	} {
		e := overdue()
		change(&e)
		if err := e.Validate(); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%+v: %v, want %q", e, err, what)
		}
	}
}

func TestDecodeAllowsFieldsOfANewerPublisher(t *testing.T) {
	data, _ := sample().Encode()
	newer := strings.Replace(string(data), `{"version":1,`, `{"version":1,"host":"x",`, 1)
	if _, err := event.Decode([]byte(newer)); err != nil {
		t.Error(err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good, _ := sample().Encode()
	for _, tc := range []struct{ name, old, new, want string }{
		{"no JSON", string(good), "hello", "not the JSON of an event"},
		{"cut short", string(good), string(good[:40]), "not the JSON of an event"},
		{"two objects", string(good), string(good) + "{}", "data after its JSON object"},
		{"another version", `"version":1`, `"version":2`, "version 2 is not 1"},
		{"another type", `"type":"loaded"`, `"type":"gone"`, `type "gone"`},
		{"a source that is a path", `"source":"medium"`, `"source":"../x"`, `source "../x"`},
		{"a malformed date", "2026-11-21", "2026-11-31", "neither a day like"},
		{"no partition", `"2026-11-21"`, `""`, "no partition"},
		{"no load id", "20261122T060000123Z-9f31c2aa", "a/b", "load_id"},
		{"no tables", good2tables(good), "[]", "0 tables"},
		{"a table with no dataset", "raw.medium_stories", "medium_stories", "not dataset.table"},
		{"negative rows", `"rows":1`, `"rows":-1`, "-1 rows"},
		{"half a digest", `634768dae147`, ``, "digest has 52 characters"},
		{"no time", `"2026-11-22T06:00:09.123456Z"`, `"0001-01-01T00:00:00Z"`, "no loaded_at"},
		{"a time that UTC cannot write", "2026-11-22T06:00:09.123456Z", "9999-12-31T23:59:59-01:00", "loaded_at is in the year 10000"},
		{"a time before the year 0", "2026-11-22T06:00:09.123456Z", "0000-01-01T00:30:00+01:00", "loaded_at is in the year -1"},
		{"a year before the first", "2026-11-21", "1999-11-21", "partition 1999-11-21: partitions lie between 2000-01-01 and 2199-12-31"},
		{"a year after the last", "2026-11-21", "2200-01-01", "partitions lie between"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			data := strings.Replace(string(good), tc.old, tc.new, 1)
			if _, err := event.Decode([]byte(data)); !strings.Contains(fmt.Sprint(err), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func good2tables(good []byte) string {
	return string(good[strings.Index(string(good), "[") : len(good)-1])
}

func TestDecodePush(t *testing.T) {
	body := `{"message":{"data":"aGVsbG8=","attributes":{"source":"kit"},"messageId":"136969346945","publishTime":"2026-11-22T06:00:10.5Z"},` +
		`"subscription":"projects/p/subscriptions/s","deliveryAttempt":3}`
	p, err := event.DecodePush(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if string(p.Message.Data) != "hello" || p.DeliveryAttempt != 3 || p.Message.Attributes["source"] != "kit" {
		t.Errorf("got %+v", p)
	}
	for _, bad := range []string{``, `hello`, `{}`, `[]`, `null`, `{"message":{}}`, `{"message":{"data":"!!"}}`, `{"message":{"messageId":"1"}}`, string(mustEncode(t))} {
		if _, err := event.DecodePush(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "not a Pub/Sub push envelope") {
			t.Errorf("DecodePush(%.40q): %v", bad, err)
		}
	}
}

func mustEncode(t testing.TB) []byte {
	t.Helper()
	data, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func FuzzDecode(f *testing.F) {
	for _, e := range []event.Event{sample(), overdue()} {
		data, _ := e.Encode()
		f.Add(data)
		for document := range upstreamtest.Nulls(data) {
			f.Add(document)
		}
	}
	f.Add([]byte(`{"version":1}`))
	f.Add(bytes.Replace(mustEncode(f), []byte("2026-11-22T06:00:09.123456Z"), []byte("9999-12-31T23:59:59-01:00"), 1))
	f.Add(bytes.Replace(mustEncode(f), []byte("2026-11-21"), []byte("0001-02"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := event.Decode(data)
		if err != nil {
			return
		}
		again, err := e.Encode()
		if err != nil {
			t.Fatalf("decoded, but will not encode: %v", err)
		}
		back, err := event.Decode(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		a, _ := json.Marshal(e)
		b, _ := json.Marshal(back)
		if string(a) != string(b) {
			t.Fatalf("%s reads back as %s", a, b)
		}
	})
}
