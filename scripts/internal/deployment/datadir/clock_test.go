package datadir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
)

// arrivedAt is a data folder in which a table was loaded at a time.
func arrivedAt(t *testing.T, at time.Time) string {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(Dir{dir}.Objects(), "ledger/partitions/2026-11-21/arrivals/raw.kit_subscribers",
		at.UTC().Format("2006-01-02T15:04:05.000000Z")+"-l1-"+strings.Repeat("0", 64)+".json")
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestClockStartsAtRollcallNowAndRunsOn(t *testing.T) {
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	env := envconfig.MapLookuper(map[string]string{NowVariable: "2026-11-22T09:00:00Z"})
	for name, tc := range map[string]struct {
		dir      string
		earliest time.Time
	}{
		"a folder that does not exist":                 {filepath.Join(t.TempDir(), "new"), start},
		"an older arrival":                             {arrivedAt(t, start.Add(-time.Hour)), start},
		"one of a command that began at the same time": {arrivedAt(t, start.Add(20*time.Second)), start.Add(20 * time.Second)},
	} {
		now, err := Clock(t.Context(), tc.dir, env)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		first := now()
		if first.Before(tc.earliest) || first.After(tc.earliest.Add(time.Minute)) {
			t.Errorf("%s: it is %s", name, first)
		}
		time.Sleep(2 * time.Millisecond)
		if !now().After(first) {
			t.Errorf("%s: the clock stands still", name)
		}
	}
	if now, err := Clock(t.Context(), t.TempDir(), envconfig.MapLookuper(nil)); err != nil || time.Since(now()).Abs() > time.Minute {
		t.Errorf("without %s: %v", NowVariable, err)
	}
}

func TestClockThatCannotBeRightIsRefused(t *testing.T) {
	for _, tc := range []struct {
		now     string
		arrived time.Time
		want    []string
	}{
		{"2026-11-22", time.Time{}, []string{`ROLLCALL_NOW="2026-11-22" is not a time like`}},
		{"", time.Time{}, []string{`ROLLCALL_NOW="" is not a time like`}},
		{"2026-11-22T09:00:00Z", time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC),
			[]string{"data folder ", "newest arrival is of 2026-11-25T09:00:00Z", "fix: set ROLLCALL_NOW to a later time"}},
	} {
		dir := arrivedAt(t, tc.arrived)
		_, err := Clock(t.Context(), dir, envconfig.MapLookuper(map[string]string{NowVariable: tc.now}))
		for _, want := range tc.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q", tc.now, err, want)
			}
		}
	}
	dir := arrivedAt(t, time.Now().Add(48*time.Hour))
	if _, err := Clock(t.Context(), dir, envconfig.MapLookuper(nil)); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("by the clock of this machine: %v", err)
	}
}
