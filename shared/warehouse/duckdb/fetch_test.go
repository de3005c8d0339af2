package duckdb

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/schema"
)

func TestKeysAreThoseOfTheOuterObject(t *testing.T) {
	for line, want := range map[string][]string{
		`{}`:                          nil,
		`{"a":1}`:                     {"a"},
		`{"a":{"b":[{"c":1}]},"d":2}`: {"a", "d"},
		`{"a":["b","c"],"d":"e"}`:     {"a", "d"},
		`{"a":"x,\"b\":{","c":"\\"}`:  {"a", "c"},
		` { "a" : "b" , "c" : null }`: {"a", "c"},
		`{"a":"cut sh`:                {"a"},
		`"a"`:                         nil,
		``:                            nil,
	} {
		var got []string
		for key := range keys([]byte(line)) {
			got = append(got, string(key))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

// FuzzKeys compares with encoding/json, for every line that it accepts.
func FuzzKeys(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":"}\""},"c":[{"d":1},"e"]}`, `{"\u0061":"\\","b":[]}`, `[1,"a"]`, `{"a`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := map[string]bool{}
		for key := range keys([]byte(line)) {
			got[string(key)] = true
		}
		var want map[string]json.RawMessage
		if json.Unmarshal([]byte(line), &want) != nil || strings.Contains(line, `\`) || !slices.Equal([]byte(line), []byte(strings.ToValidUTF8(line, "?"))) {
			return // not an object, or its keys may have escapes
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", line, diff)
		}
	})
}

func TestStrayKeyIsNamedWithItsLine(t *testing.T) {
	s := schema.Schema{{Name: "a", Type: schema.Int64, Mode: schema.Nullable}}
	err := onlyColumns(strings.NewReader("{\"a\":1}\n{\"a\":1,\"vists\":2}\n"), s)
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), `"vists"`) {
		t.Errorf("got %v", err)
	}
	if err := onlyColumns(strings.NewReader("{\"a\":1}\n"+strings.Repeat(" ", maxLine)+"\n"), s); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a line too long: got %v", err)
	}
}
