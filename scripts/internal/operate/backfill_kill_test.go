package operate

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/shared/partition"
)

// folderBackfill asks for three days, with which a month ends.
func folderBackfill(dir string) BackfillOptions {
	return BackfillOptions{
		Place: Place{Data: dir}, Confirmation: Confirmation{Yes: true, JSON: true},
		Range: Range{From: "2026-10-30", To: "2026-11-01"}, Parallel: 4,
	}
}

// kitLoaded is a data folder in which the newest day of one source has been loaded.
var kitLoaded = sync.OnceValues(func() (dir string, err error) {
	dir = filepath.Join(scratch, "backfill")
	newest := partition.NewestComplete(partition.Daily, morningAfter)
	ctx := context.Background()
	m, err := local.Open(ctx, local.Options{Dir: datadir.Dir{Path: dir}, From: newest, To: newest, Env: envconfig.MapLookuper(nil),
		Now: func() time.Time { return morningAfter.Add(-time.Hour) }})
	if err != nil {
		return "", err
	}
	if _, err := m.RequestLoad(ctx, deployment.Request{Source: "kit", Partition: newest}); err != nil {
		return "", err
	}
	if err := m.Quiet(ctx, newest, newest); err != nil {
		return "", err
	}
	return dir, m.Close()
})

// newFolder is a copy of it.
func newFolder(t *testing.T) string {
	t.Helper()
	from, err := kitLoaded()
	if err != nil {
		t.Fatal(err)
	}
	return copyFolder(t, from)
}

// inFolder runs the command in this process.
func inFolder(t *testing.T, f BackfillOptions) (o Outcome, code int, stderr string) {
	t.Helper()
	var stdout, errors bytes.Buffer
	code = status(&errors)(Backfill(t.Context(), f, folderSystem(&stdout, &errors)))
	if code != broken {
		dec := json.NewDecoder(&stdout)
		if err := dec.Decode(&o); err != nil {
			t.Fatalf("standard output is not JSON: %v\n%s", err, errors.String())
		}
		if dec.More() {
			t.Error("standard output has more than one JSON object")
		}
	}
	return o, code, errors.String()
}

// succeeded is how often each model's partition has come to its end, by the ledger of a folder.
func succeeded(t *testing.T, dir string) map[string]int {
	t.Helper()
	s, err := datadir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	names, err := s.Store.List(t.Context(), "partitions/", "", "")
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for _, name := range names {
		if !strings.Contains(name, "/runs/") {
			continue
		}
		data, err := s.Store.Read(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		var r ledger.Run
		if err := json.Unmarshal(data, &r); err != nil {
			t.Fatal(err)
		}
		if r.State == ledger.Succeeded {
			n[r.Model+" "+r.Partition.String()]++
		}
	}
	return n
}

// Killed at any moment, time and again, a backfill continues when it is run again: no model's partition runs twice, and the
// tables are those of an undisturbed run. ROLLCALL_KILL_SEED tries other moments.
func TestBackfillKilledAtAnyMomentGoesOnWhenRunAgain(t *testing.T) {
	undisturbed := newFolder(t)
	o, status, stderr := inFolder(t, folderBackfill(undisturbed))
	if status != complete || len(o.Missing) > 0 {
		t.Fatalf("undisturbed: status %d\n%s", status, stderr)
	}
	want := succeeded(t, undisturbed)
	kitBefore := map[string]bool{"subscriber_growth 2026-11-01": true, "subscriber_sources 2026-11-01": true} // ran in the base
	for target, n := range want {
		if n != 1 && !kitBefore[target] {
			t.Errorf("undisturbed: %s ran %d times", target, n)
		}
	}
	if o, status, stderr := inFolder(t, folderBackfill(undisturbed)); status != complete || !everyModel(o, UpToDate) {
		t.Errorf("when all stands: status %d, %+v\n%s", status, o.Runs, stderr)
	}

	dir := newFolder(t)
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("ROLLCALL_KILL_SEED"), "1"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	kills := 0
	for kills < 3 {
		process := child(t, childBackfill, dir)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- process.Wait() }()
		select {
		case <-time.After(200*time.Millisecond + time.Duration(random.ExpFloat64()*float64(500*time.Millisecond))):
			if err := process.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-ended
			kills++
			continue
		case err := <-ended:
			if err != nil {
				t.Fatalf("ended by itself: %v", err)
			}
		}
		break
	}
	t.Logf("killed %d times", kills)
	if _, status, stderr := inFolder(t, folderBackfill(dir)); status != complete {
		t.Errorf("after %d kills: status %d\n%s", kills, status, stderr)
	}
	if diff := gocmp.Diff(want, succeeded(t, dir)); diff != "" {
		t.Errorf("after %d kills, the models ran otherwise than undisturbed:\n%s", kills, diff)
	}
	if diff := gocmp.Diff(contents(t, undisturbed), contents(t, dir)); diff != "" {
		t.Errorf("after %d kills, tables differ from those of an undisturbed run:\n%s", kills, diff)
	}
}

func everyModel(o Outcome, want State) bool {
	for _, it := range o.Runs {
		if it.State != want && it.State != Waiting {
			return false
		}
	}
	return true
}
