package operate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

// result is what one run showed.
type result struct {
	Outcome
	status int
	stderr string
}

func runLocal(t *testing.T, dir string, flags RunOptions) result {
	t.Helper()
	return localIn(t, dir, flags, func(*System) {})
}

func localIn(t *testing.T, dir string, f RunOptions, change func(*System)) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	f.Data, f.JSON = dir, true
	sys := folderSystem(&stdout, &stderr)
	change(&sys)
	r := result{status: status(&stderr)(Run(t.Context(), f, sys)), stderr: stderr.String()}
	if r.status != broken {
		dec := json.NewDecoder(&stdout)
		if err := dec.Decode(&r.Outcome); err != nil {
			t.Fatalf("standard output is not JSON: %v\n%s", err, r.stderr)
		}
		if dec.More() {
			t.Error("standard output has more than one JSON object")
		}
	}
	return r
}

var base struct {
	sync.Once
	dir   string
	first result
}

// completeDir is a folder in which the first run has completed; each test has its own copy.
func completeDir(t *testing.T) string {
	t.Helper()
	base.Do(func() {
		base.dir = filepath.Join(scratch, "base")
		base.first = runLocal(t, base.dir, RunOptions{})
	})
	if base.first.status != complete {
		t.Fatalf("the first run ended with status %d\n%s", base.first.status, base.first.stderr)
	}
	return copyFolder(t, base.dir)
}

// steer writes upstream.yaml.
func steer(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.WriteFile(datadir.Dir{Path: dir}.Steering(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// names are the runs as "model partition", sorted.
func names(runs []Item) []string {
	list := []string{}
	for _, r := range runs {
		list = append(list, r.Model+" "+r.Partition.String())
	}
	slices.Sort(list)
	return list
}

func reasons(missing []Item) string {
	return strings.Join(term.Notices(notices(missing)), "\n") + "\n"
}

func TestFirstRunLoadsAndRunsEverything(t *testing.T) {
	completeDir(t)
	for _, r := range base.first.Partitions {
		for name, s := range r.Sources {
			if s != term.Arrived {
				t.Errorf("source %s of %s is %q, want arrived", name, r.Partition, s)
			}
		}
		for name, s := range r.Models {
			if expected := r.Partition != day("2026-09"); expected != (s == term.Ran) {
				t.Errorf("model %s of %s is %q", name, r.Partition, s)
			}
		}
	}
	for _, r := range base.first.Runs {
		if r.State != "succeeded" || r.Rows == nil || *r.Rows == 0 {
			t.Errorf("run %+v, want one with rows", r)
		}
	}
	if base.first.Missing == nil || len(base.first.Missing) > 0 {
		t.Errorf("missing %v, want an empty list", base.first.Missing)
	}
}

func TestSecondRunRunsNothing(t *testing.T) {
	r := runLocal(t, completeDir(t), RunOptions{})
	if r.status != complete || len(r.Runs) > 0 {
		t.Errorf("status %d, runs %q; want none", r.status, names(r.Runs))
	}
	asked := map[string]bool{}
	for _, l := range r.Loads {
		asked[l.Source] = true
	}
	if diff := cmp.Diff(map[string]bool{"kit": true, "medium": true, "sheets": true, "stripe": true}, asked); diff != "" {
		t.Errorf("sources that were asked again:\n%s", diff)
	}
}

func TestOneSourceIsAskedAndNoOther(t *testing.T) {
	r := runLocal(t, filepath.Join(t.TempDir(), "new"), RunOptions{Source: []string{"kit"}})
	if r.status != complete || len(r.Missing) > 0 {
		t.Errorf("status %d: %s", r.status, reasons(r.Missing))
	}
	for _, l := range r.Loads {
		if l.Source != "kit" {
			t.Errorf("loaded %s %s", l.Source, l.Partition)
		}
	}
	var want []string
	for _, model := range []string{"subscriber_growth", "subscriber_sources"} {
		for d := range partition.Range(day("2026-10-30"), day("2026-11-01")) {
			want = append(want, model+" "+d.String())
		}
	}
	if diff := cmp.Diff(want, slices.Compact(names(r.Runs))); diff != "" {
		t.Error(diff)
	}
}

func TestSourceThatIsDownLeavesTheOthersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	steer(t, dir, "fail: {kit: unauthorized}")
	down := runLocal(t, dir, RunOptions{})
	if down.status != incomplete {
		t.Errorf("status %d, want 3", down.status)
	}
	for _, want := range []string{
		"missing: kit 2026-10-30 to 2026-10-31: its load failed on 2 Nov ", "KIT_API_KEY",
		"missing: kit 2026-11-01: not requested, because kit had failed for 2026-10-31\n",
		"missing: creator_overview 2026-10-30 to 2026-11-01: waits for mart.subscriber_growth\n",
		"missing: subscriber_growth 2026-10-30 to 2026-11-01: waits for raw.kit_subscriber_totals, raw.kit_subscribers\n",
	} {
		if !strings.Contains(down.stderr, want) {
			t.Errorf("standard error does not say %q:\n%s", want, down.stderr)
		}
	}
	for _, r := range down.Partitions {
		if r.Partition.Grain() != partition.Daily {
			continue
		}
		if r.Models["story_days"] != term.Ran || r.Models["story_stats"] != term.Ran || r.Models["subscriber_growth"] != term.Waiting {
			t.Errorf("%s: %v", r.Partition, r.Models)
		}
	}
	if m := modelsOf(down, "2026-10"); m["revenue"] != term.Ran {
		t.Errorf("2026-10: %v", m)
	}

	steer(t, dir, "")
	back := runLocal(t, dir, RunOptions{})
	if back.status != complete {
		t.Errorf("after it came back: status %d\n%s", back.status, back.stderr)
	}
	for _, name := range names(back.Runs) {
		if !strings.HasPrefix(name, "subscriber_") && !strings.HasPrefix(name, "creator_overview") {
			t.Errorf("%s ran again", name)
		}
	}
	if diff := cmp.Diff(contents(t, completeDir(t)), contents(t, dir)); diff != "" {
		t.Errorf("tables differ from those of an undisturbed run:\n%s", diff)
	}
}

func modelsOf(r result, p string) map[string]term.State {
	for _, row := range r.Partitions {
		if row.Partition == day(p) {
			return row.Models
		}
	}
	return nil
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := completeDir(t)
	var stderr bytes.Buffer
	p := openRunner(t, dir)
	defer p.Close()
	second := child(t, childRun, dir)
	second.Stderr = &stderr
	if err := second.Run(); second.ProcessState.ExitCode() != broken {
		t.Errorf("the second process ended with %v, want status 1", err)
	}
	if got := stderr.String(); !strings.Contains(got, fmt.Sprintf("PID %d", os.Getpid())) || strings.Count(got, "\n") != 1 {
		t.Errorf("it says %q, want one line that names process %d", got, os.Getpid())
	}
}

func TestInterruptedRunSaysWhereItStandsAndGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	sys := folderSystem(&stdout, &stderr)
	asked := 0
	sys.now = func() time.Time { // the clock is read at every step of the progress
		if asked++; asked == 12 {
			cancel()
		}
		return morningAfter
	}
	sys.now = guarded(sys.now)
	if status := status(&stderr)(Run(ctx, RunOptions{Data: dir}, sys)); status != incomplete {
		t.Errorf("status %d, want 3\n%s", status, stderr.String())
	}
	if !strings.Contains(stderr.String(), "Stopped.") || !strings.Contains(stdout.String(), "waiting") {
		t.Errorf("standard error:\n%s", stderr.String())
	}
	if r := runLocal(t, dir, RunOptions{}); r.status != complete {
		t.Errorf("the next run: status %d\n%s", r.status, r.stderr)
	}
	if diff := cmp.Diff(contents(t, completeDir(t)), contents(t, dir)); diff != "" {
		t.Errorf("tables differ from those of an undisturbed run:\n%s", diff)
	}
}

func guarded(now func() time.Time) func() time.Time {
	var mu sync.Mutex
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now()
	}
}

// aStory is a story of the invented creator that was published before the days loaded.
func aStory() string { return creator.New(local.Seed).Stories(day("2026-10-01").Start())[0].ID }

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
