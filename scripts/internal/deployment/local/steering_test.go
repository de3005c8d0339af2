package local

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

var day = partition.MustParse

func TestSteering(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "# all is well\n", ""},
		{"no such story", "restate: [{story: x, day: 2026-10-30, views: 5}]", "restate, entry 1: restate story x: there is no such story"},
		{"no day", "restate: [{story: x, day: tomorrow, views: 5}]", "is neither a day like"},
		{"no such source", "fail: {twitter: down}", `fail: "twitter" is not one of kit, medium, sheets, stripe`},
		{"no failure", "fail: {kit: , medium: cookie_expired}", `fail: kit: failure "" is not one of rate_limited, unauthorized, `},
		{"no such failure", "fail: {kit: unauthorised}", `fail: kit: failure "unauthorised" is not one of rate_limited, unauthorized, `},
		{"two faults", "fail: {kit: x, stripe: y}", `fail: stripe: failure "y" is not one of `},
		{"no such year", "restate: [{story: x, day: 1999-01-05, views: 5}]", "partitions lie between 2000-01-01 and 2199-12-31"},
		{"no such setting", "restated: []", `"restated" is not a setting; do you mean restate?`},
		{"no such setting of a restatement", "restate: [{story: x, date: 2026-10-30}]", `"date" is not a setting; do you mean day?`},
		{"no number", "restate: [{story: x, day: 2026-10-30, views: many}]", "line 1: `many` must be a whole number"},
		{"no block", "fail: down", "line 1: `down` must be a block of settings"},
		{"a day to come", "restate: [{story: x, day: 2027-01-05, views: 5}]", "restate, entry 1: day 2027-01-05 has not ended; the newest day with data is 2026-11-01"},
		{"a day before all", "restate: [{story: x, day: 2001-01-05, views: 5}]", "restate, entry 1: day 2001-01-05 lies before the first day with data"},
		{"without a day", "restate: [{story: x, views: 5}]", "restate, entry 1: day is missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "upstream.yaml")
			write(t, file, tc.text)
			_, err := steer(file, creator.New(Seed), day("2026-11-01"), day("2026-11-01"))
			if (tc.want == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "type ")) {
				t.Errorf("got %v, want %q and the file's name", err, tc.want)
			}
		})
	}
}

// What the first run writes does nothing; with its # taken away, it does what it says.
func TestTemplateOfSteeringCanBeUsedAsItStands(t *testing.T) {
	file := filepath.Join(t.TempDir(), "upstream.yaml")
	for range 2 {
		if s, err := steer(file, creator.New(Seed), day("2026-11-01"), day("2026-11-01")); err != nil || len(s.Restate)+len(s.Fail) > 0 {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{"restate:", "  - {", "fail:", "  kit:", "  medium:"} {
		text = bytes.Replace(text, []byte("\n#"+mark), []byte("\n"+mark), 1)
	}
	write(t, file, string(text))
	s, err := steer(file, creator.New(Seed), day("2026-11-01"), day("2026-11-01"))
	if err != nil || len(s.Restate) != 1 || len(s.Fail) != 2 {
		t.Fatalf("%+v, %v\n%s", s, err, text)
	}
	for name, failure := range s.Fail {
		if err := services[name].fake(creator.New(Seed)).FailByName(failure); err != nil {
			t.Error(err)
		}
	}
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
