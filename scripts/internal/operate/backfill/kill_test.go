package backfill

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
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
	"example.com/rollcall/scripts/internal/deployment/local/localtest"
	"example.com/rollcall/shared/partition"
)

// morningAfter is the time of the tests that work in a data folder.
var morningAfter = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// childDir is the variable that makes the test program be the command, over the folder that it names.
const childDir = "ROLLCALL_TEST_DATA"

// scratch is a folder that all tests share.
var scratch string

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		os.Exit(run(context.Background(), folderFlags(dir), folderWorld(os.Stdout, os.Stderr)))
	}
	var err error
	if scratch, err = os.MkdirTemp("", "backfill"); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(scratch) // what is left, the system will clear away
	os.Exit(status)
}

// folderFlags ask for three days, with which a month ends.
func folderFlags(dir string) Flags {
	return Flags{Data: dir, From: "2026-10-30", To: "2026-11-01", Parallel: 4, Yes: true, JSON: true}
}

func folderWorld(stdout, stderr io.Writer) system {
	now := func() time.Time { return morningAfter }
	return system{in: strings.NewReader(""), out: stdout, err: stderr, open: openPlace(envconfig.MapLookuper(nil), now), now: now,
		by: thisProcess(), dead: gone, wait: deployment.DefaultRetryPolicy}
}

// base is a data folder in which the newest day of one source has been loaded.
var base = sync.OnceValues(func() (dir string, err error) {
	dir = filepath.Join(scratch, "base")
	newest := partition.NewestComplete(partition.Daily, morningAfter)
	ctx := context.Background()
	m, err := local.Open(ctx, local.Options{Dir: datadir.Dir{Path: dir}, From: newest, To: newest, Env: envconfig.MapLookuper(nil),
		Now: func() time.Time { return morningAfter.Add(-time.Hour) }})
	if err != nil {
		return "", err
	}
	if err := m.RequestLoad(ctx, "kit", newest); err != nil {
		return "", err
	}
	if err := m.Quiet(ctx, newest, newest); err != nil {
		return "", err
	}
	return dir, m.Close()
})

// newFolder is a copy of the base.
func newFolder(t *testing.T) string {
	t.Helper()
	from, err := base()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if out, err := exec.Command("cp", "-a", from, dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, out)
	}
	return dir
}

// inFolder runs the command in this process.
func inFolder(t *testing.T, f Flags) (o outcome, status int, stderr string) {
	t.Helper()
	var stdout, errors bytes.Buffer
	status = run(t.Context(), f, folderWorld(&stdout, &errors))
	if status != broken {
		dec := json.NewDecoder(&stdout)
		if err := dec.Decode(&o); err != nil {
			t.Fatalf("standard output is not JSON: %v\n%s", err, errors.String())
		}
		if dec.More() {
			t.Error("standard output has more than one JSON object")
		}
	}
	return o, status, errors.String()
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

// Killed at any moment, time and again, the command goes on when it is run again: no model's partition runs twice, and the
// tables are those of an undisturbed run. ROLLCALL_KILL_SEED tries other moments.
func TestKilledAtAnyMomentItGoesOnWhenRunAgain(t *testing.T) {
	undisturbed := newFolder(t)
	o, status, stderr := inFolder(t, folderFlags(undisturbed))
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
	if o, status, stderr := inFolder(t, folderFlags(undisturbed)); status != complete || !everyModel(o, asItWas) {
		t.Errorf("when all stands: status %d, %+v\n%s", status, o.Models, stderr)
	}

	dir := newFolder(t)
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("ROLLCALL_KILL_SEED"), "1"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	kills := 0
	for kills < 3 {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- child.Wait() }()
		select {
		case <-time.After(200*time.Millisecond + time.Duration(random.ExpFloat64()*float64(500*time.Millisecond))):
			if err := child.Process.Kill(); err != nil {
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
	if _, status, stderr := inFolder(t, folderFlags(dir)); status != complete {
		t.Errorf("after %d kills: status %d\n%s", kills, status, stderr)
	}
	if diff := gocmp.Diff(want, succeeded(t, dir)); diff != "" {
		t.Errorf("after %d kills, the models ran otherwise than undisturbed:\n%s", kills, diff)
	}
	if diff := gocmp.Diff(localtest.Contents(t, datadir.Dir{Path: undisturbed}), localtest.Contents(t, datadir.Dir{Path: dir})); diff != "" {
		t.Errorf("after %d kills, tables differ from those of an undisturbed run:\n%s", kills, diff)
	}
}

func everyModel(o outcome, want fate) bool {
	for _, it := range o.Models {
		if it.State != want && it.State != waits {
			return false
		}
	}
	return true
}
