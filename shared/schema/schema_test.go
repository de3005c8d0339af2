package schema_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

const wide = `[
 {"name":"day","type":"DATE","mode":"REQUIRED","description":"d"},
 {"name":"text","type":"STRING","description":"d"},
 {"name":"count","type":"INTEGER","mode":"NULLABLE","description":"d"},
 {"name":"ratio","type":"FLOAT","description":"d"},
 {"name":"money","type":"NUMERIC","description":"d"},
 {"name":"yes","type":"BOOL","description":"d"},
 {"name":"at","type":"TIMESTAMP","description":"d"},
 {"name":"doc","type":"JSON","description":"d"},
 {"name":"tags","type":"STRING","mode":"REPEATED","description":"d"}
]`

func parse(t *testing.T, text string) schema.Schema {
	t.Helper()
	s, err := schema.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAppendWritesOneCanonicalLine(t *testing.T) {
	s := parse(t, wide)
	day := partition.MustParse("2026-11-21")
	count, none := int64(7), (*string)(nil)
	for _, tc := range []struct {
		name string
		row  schema.Row
		want string
	}{
		{"nulls are left out", schema.Row{"day": day, "text": none, "money": nil}, `{"day":"2026-11-21"}`},
		{"columns are in the schema's order", schema.Row{"yes": true, "count": &count, "day": day}, `{"day":"2026-11-21","count":7,"yes":true}`},
		{"text is escaped", schema.Row{"day": day, "text": "a \"b\"\n\\ é 😀"}, `{"day":"2026-11-21","text":"a \"b\"\n\\ é 😀"}`},
		{"numbers are exact", schema.Row{"day": day, "count": int64(math.MaxInt64), "ratio": 4.8437106918239}, `{"day":"2026-11-21","count":9223372036854775807,"ratio":4.8437106918239}`},
		{"minus zero is zero", schema.Row{"day": day, "ratio": math.Copysign(0, -1), "money": "-0.000"}, `{"day":"2026-11-21","ratio":0,"money":"0"}`},
		{"decimals take one form", schema.Row{"day": day, "money": "+0014.3500"}, `{"day":"2026-11-21","money":"14.35"}`},
		{"whole decimals", schema.Row{"day": day, "money": int64(-100)}, `{"day":"2026-11-21","money":"-100"}`},
		{"times are UTC microseconds", schema.Row{"day": day, "at": time.Date(2026, 11, 21, 1, 2, 3, 456789999, time.FixedZone("", 3600))}, `{"day":"2026-11-21","at":"2026-11-21T00:02:03.456789Z"}`},
		{"JSON is compact with sorted keys", schema.Row{"day": day, "doc": json.RawMessage(`{ "b": 1.50, "a": {"d":null, "c":"<&>"} }`)}, `{"day":"2026-11-21","doc":{"a":{"c":"<&>","d":null},"b":1.50}}`},
		{"lists", schema.Row{"day": day, "tags": []string{"VIP", "x\"y"}}, `{"day":"2026-11-21","tags":["VIP","x\"y"]}`},
		{"an empty list is no null", schema.Row{"day": day, "tags": []string{}}, `{"day":"2026-11-21","tags":[]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := s.Append(nil, tc.row)
			if err != nil || string(got) != tc.want+"\n" {
				t.Errorf("got  %s%v\nwant %s", got, err, tc.want)
			}
			if !json.Valid(got) {
				t.Error("not JSON")
			}
		})
	}
}

func TestAppendRefuses(t *testing.T) {
	s := parse(t, wide)
	day := partition.MustParse("2026-11-21")
	year10000 := time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600))
	for _, tc := range []struct {
		row  schema.Row
		want string
	}{
		{schema.Row{}, "column day: null or missing, but the column is REQUIRED"},
		{schema.Row{"day": day, "views": 1}, "column views: not in the schema"},
		{schema.Row{"day": day, "count": "7"}, "column count: a INT64 cannot hold a string"},
		{schema.Row{"day": day, "count": 7.0}, "column count: a INT64 cannot hold a float64"},
		{schema.Row{"day": day, "ratio": math.NaN()}, "column ratio: NaN is not a finite number"},
		{schema.Row{"day": day, "money": "1e3"}, `column money: "1e3" is not a plain decimal number`},
		{schema.Row{"day": day, "money": "1/3"}, `column money: "1/3" is not a plain decimal number`},
		{schema.Row{"day": day, "money": 14.35}, "column money: a NUMERIC cannot hold a float64"},
		{schema.Row{"day": day, "money": "0.0000000001"}, "column money: 0.0000000001 has more than the nine decimal places of a NUMERIC"},
		{schema.Row{"day": day, "text": "\xff"}, "column text: text is not UTF-8"},
		{schema.Row{"day": day, "doc": json.RawMessage("{")}, "column doc: not JSON: unexpected EOF"},
		{schema.Row{"day": day, "tags": "VIP"}, "column tags: a REPEATED STRING cannot hold a string"},
		{schema.Row{"day": "2026-11-21"}, "column day: a DATE cannot hold a string"},
		{schema.Row{"day": day, "text": strings.Repeat("x", schema.MaxLine)}, "column text: with it, the row has more than 1000000 bytes"},
		{schema.Row{"day": day, "at": year10000}, "column at: the year 10000 is not one of 1 to 9999"},
		{schema.Row{"day": year10000}, "column day: the year 10000 is not one of 1 to 9999"},
		{schema.Row{"day": time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 60))}, "column day: the year 0 is not one of 1 to 9999"},
	} {
		kept := []byte("kept")
		got, err := s.Append(kept, tc.row)
		if fmt.Sprint(err) != tc.want {
			t.Errorf("%v: error %v, want %s", tc.row, err, tc.want)
		}
		if string(got) != "kept" {
			t.Errorf("%v: left %q behind", tc.row, got)
		}
	}
}

func TestParseReportsEveryFault(t *testing.T) {
	_, err := schema.Parse([]byte(`[{"name":"Day","type":"DAY"},{"name":"a","type":"STRING","mode":"MAYBE","description":"d"},{"name":"a","type":"STRING","description":"d"}]`))
	for _, want := range []string{
		`column 1 "Day": the name is not lower snake case`, `column 1 "Day": type "DAY" is not one of`, `column 1 "Day": no description`,
		`column 2 "a": mode "MAYBE"`, `column 3 "a": the name is used twice`,
	} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	for _, bad := range []string{``, `{}`, `[]`, `[{"name":"a","type":"STRING","description":"d","policy":1}]`} {
		if _, err := schema.Parse([]byte(bad)); err == nil {
			t.Errorf("Parse(%s) gave no error", bad)
		}
	}
}

// This test reads every schema file of the sources, so a fault is found before anything runs.
func TestSchemaFilesOfTheSources(t *testing.T) {
	files, err := filepath.Glob("../../functions/*/schema/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d schema files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := schema.Parse(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if _, err := s.PartitionColumn(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Digests rely on this: the line of a row must not depend on how the row was built.
func TestAppendWritesValidJSONAndTheSameLineForTheSameRow(t *testing.T) {
	s := parse(t, wide)
	rapid.Check(t, func(t *rapid.T) {
		row := schema.Row{
			"day":   partition.Day(time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "day"), 0)),
			"text":  rapid.String().Draw(t, "text"),
			"count": rapid.Int64().Draw(t, "count"),
			"ratio": rapid.Float64Range(-1e300, 1e300).Draw(t, "ratio"),
			"tags":  rapid.SliceOf(rapid.String()).Draw(t, "tags"),
			"doc":   rapid.MapOf(rapid.String(), rapid.Int()).Draw(t, "doc"),
		}
		line, err := s.Append(nil, row)
		if err != nil {
			t.Fatal(err)
		}
		var back struct {
			Text  string
			Count int64
			Ratio float64
			Tags  []string
		}
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if back.Text != row["text"] || back.Count != row["count"] || back.Ratio != row["ratio"] || len(back.Tags) != len(row["tags"].([]string)) {
			t.Fatalf("read back as %+v from %s", back, line)
		}
		if again, _ := s.Append(nil, row); string(again) != string(line) {
			t.Fatalf("twice: %s and %s", line, again)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	s, err := schema.Parse([]byte(wide))
	if err != nil {
		b.Fatal(err)
	}
	row := schema.Row{
		"day": partition.MustParse("2026-11-21"), "text": "a@example.com", "count": int64(7), "money": "14.35", "yes": true,
		"at": time.Unix(1763683200, 0), "doc": json.RawMessage(`{"category":"One"}`), "tags": []string{"VIP"},
	}
	var line []byte
	for b.Loop() {
		if line, err = s.Append(line[:0], row); err != nil {
			b.Fatal(err)
		}
	}
}
