package schema_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

func find(t interface{ Fatal(...any) }, line string, names ...string) (found []string) {
	values := make([][]byte, len(names))
	if err := schema.Find([]byte(line), names, values); err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		found = append(found, string(v))
	}
	return found
}

func TestFindReturnsTheJSONOfColumns(t *testing.T) {
	line := `{"day":"2026-11-21","text":"a \"},{\" b\\","count":-7,"doc":{"count":[1,{"text":"]"}]},"tags":["x","day"],"yes":true}` + "\n"
	for _, tc := range []struct {
		names string
		want  []string
	}{
		{"day", []string{`"2026-11-21"`}},
		{"text", []string{`"a \"},{\" b\\"`}},
		{"yes count", []string{"true", "-7"}},
		{"doc tags", []string{`{"count":[1,{"text":"]"}]}`, `["x","day"]`}},
		{"none day", []string{"", `"2026-11-21"`}},
		{"count count", []string{"-7", "-7"}},
	} {
		if got := find(t, line, strings.Fields(tc.names)...); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.names, got, tc.want)
		}
	}
	if got := find(t, "{}", "day"); got[0] != "" {
		t.Errorf("found %q in a row without columns", got)
	}
}

func TestFindRefusesWhatIsNoRow(t *testing.T) {
	for _, line := range []string{
		"", "[]", "null", `{`, `{"`, `{"a`, `{"a"`, `{"a":`, `{"a":}`, `{"a":1`, `{"a":"1`, `{"a":"\`, `{"a":[1}`, `{a:1}`, `{"a" :1}`, `{"a":1;"b":2`,
	} {
		if err := schema.Find([]byte(line), []string{"b"}, make([][]byte, 1)); err == nil {
			t.Errorf("%s: no error", line)
		}
	}
}

// Find agrees with encoding/json about every row that Append writes.
func TestFindReadsWhatAppendWrites(t *testing.T) {
	s := parse(t, wide)
	rapid.Check(t, func(t *rapid.T) {
		row := schema.Row{
			"day":  partition.MustParse("2026-11-21"),
			"text": rapid.String().Draw(t, "text"), "count": rapid.Int64().Draw(t, "count"),
			"ratio": rapid.Float64Range(-1e300, 1e300).Draw(t, "ratio"), "yes": rapid.Bool().Draw(t, "yes"),
			"tags": rapid.SliceOf(rapid.String()).Draw(t, "tags"),
			"doc":  rapid.MapOf(rapid.String(), rapid.MapOf(rapid.String(), rapid.String())).Draw(t, "doc"),
		}
		for _, name := range rapid.SliceOf(rapid.SampledFrom([]string{"text", "count", "ratio", "yes", "tags", "doc"})).Draw(t, "null") {
			delete(row, name)
		}
		line, err := s.Append(nil, row)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		names := rapid.Permutation(s.Names()).Draw(t, "names")
		for i, got := range find(t, string(line), names...) {
			if got != string(want[names[i]]) {
				t.Fatalf("%s is %q, want %q, in %s", names[i], got, want[names[i]], line)
			}
		}
	})
}

func FuzzFind(f *testing.F) {
	f.Add([]byte(`{"day":"2026-11-21","a":{"b":[1,"\"",null]},"c":-1.5e3}`), "c")
	f.Add([]byte(`{"a":1}`), "a")
	f.Add([]byte(`{"a\"":"\\"}`), `a"`)
	f.Fuzz(func(t *testing.T, line []byte, name string) {
		values := make([][]byte, 2)
		err := schema.Find(line, []string{name, "day"}, values)
		var row map[string]json.RawMessage
		var compact bytes.Buffer
		if json.Unmarshal(line, &row) != nil || row == nil || json.Compact(&compact, line) != nil || !bytes.Equal(compact.Bytes(), line) {
			return // no row, or not as Append writes it; it only must not panic
		}
		if err != nil {
			t.Fatalf("%v in a valid row", err)
		}
		if want, ok := row[name]; ok && values[0] != nil && len(row) == bytes.Count(line, []byte(`":`)) && !bytes.Equal(values[0], want) {
			t.Fatalf("%q is %q, want %q", name, values[0], want)
		}
	})
}
