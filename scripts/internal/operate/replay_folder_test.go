package operate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/shared/partition"
)

// filled is a data folder with two days, each loaded and its models run.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	first, last := partition.MustParse("2026-10-31"), partition.MustParse("2026-11-01")
	m, err := local.Open(t.Context(), local.Options{
		Dir: datadir.Dir{Path: dir}, From: first, To: last, Env: envconfig.MapLookuper(nil), Now: func() time.Time { return morningAfter },
	})
	if err != nil {
		t.Fatal(err)
	}
	for day := range partition.Range(first, last) {
		for _, source := range []string{"kit", "medium", "sheets"} {
			if _, err := m.RequestLoad(t.Context(), deployment.Request{Source: source, Partition: day}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := m.Quiet(t.Context(), first, last); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// made are the digests of what the models have published for a day, by model.
func made(t *testing.T, dir string, day partition.Partition) map[string]string {
	t.Helper()
	s, err := datadir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var v ledger.View
	if err := ledger.New(s.Store, "reader").List(t.Context(), &v, []partition.Partition{day}); err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for _, table := range v.Tables(day) {
		if a, ok := v.Newest(table, day); ok && strings.HasPrefix(table, "mart.") {
			digests[table] = a.Digest.String()
		}
	}
	return digests
}

// The command over a real data folder: the functions, the coordinator and the warehouse are those of rollcall run.
func TestCommandOverADataFolder(t *testing.T) {
	dir, day := filled(t), partition.MustParse("2026-11-01")
	before := made(t, dir, day)
	replay := func(f ReplayOptions) Outcome {
		t.Helper()
		var out, errs bytes.Buffer
		f.Data, f.Yes, f.JSON = dir, true, true
		if code := status(&errs)(Replay(t.Context(), f, folderSystem(&out, &errs))); code != complete {
			t.Fatalf("%+v: status %d\n%s", f, code, errs.String())
		}
		var o Outcome
		if err := json.Unmarshal(out.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	ran := func(o Outcome) (names []string) {
		for _, it := range o.Runs {
			names = append(names, fmt.Sprintf("%s %s %s", it.Model, it.Partition, it.State))
		}
		return slices.Sorted(slices.Values(names))
	}
	all := []string{
		"creator_overview 2026-11-01 succeeded", "story_days 2026-11-01 succeeded", "story_stats 2026-11-01 succeeded",
		"subscriber_growth 2026-11-01 succeeded", "subscriber_sources 2026-11-01 succeeded",
	}
	for _, tc := range []struct {
		name  string
		flags ReplayOptions
		want  []string
	}{
		{"a day", ReplayOptions{Date: "2026-11-01"}, all},
		{"from its sources", ReplayOptions{Date: "2026-11-01", FromSource: true}, all},
		{"one model", ReplayOptions{Date: "2026-11-01", Model: "subscriber_growth"}, []string{"creator_overview 2026-11-01 succeeded", "subscriber_growth 2026-11-01 succeeded"}},
		{"every event", ReplayOptions{Seek: "31d"}, nil},
	} {
		o := replay(tc.flags)
		if diff := cmp.Diff(tc.want, ran(o)); diff != "" {
			t.Errorf("%s: runs (-want +got):\n%s", tc.name, diff)
		}
		if tc.flags.Seek != "" && o.Events == 0 {
			t.Errorf("%s: no event came again", tc.name)
		}
	}
	if diff := cmp.Diff(before, made(t, dir, day)); diff != "" || len(before) != len(all) {
		t.Errorf("what stands is not as before:\n%s", diff)
	}
}

func TestFolderThatHoldsNothingIsRefused(t *testing.T) {
	var errs bytes.Buffer
	o := ReplayOptions{Place: Place{Data: t.TempDir()}, Date: "2026-11-01", Confirmation: Confirmation{Yes: true}}
	if code := status(&errs)(Replay(t.Context(), o, folderSystem(&errs, &errs))); code != broken || !strings.Contains(errs.String(), "holds no data yet") {
		t.Errorf("status %d: %s", code, errs.String())
	}
}
