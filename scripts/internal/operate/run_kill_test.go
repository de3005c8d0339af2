package operate

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Killed at any moment, time and again, the command completes when it is run again, and its tables are those of an
// undisturbed run. ROLLCALL_KILL_ROUNDS sets how many folders are tried; ROLLCALL_KILL_SEED tries other moments.
func TestKilledAtAnyMomentItCompletesWhenRunAgain(t *testing.T) {
	want := contents(t, completeDir(t))
	rounds, seed := fromEnv(t, "ROLLCALL_KILL_ROUNDS", 1), fromEnv(t, "ROLLCALL_KILL_SEED", 1)
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), "data")
		kills := 0
		for kills < 4 {
			process := child(t, childRun, dir)
			if err := process.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- process.Wait() }()
			// Most of the moments lie in the middle of the work, some in the start.
			moment := time.NewTimer(time.Duration(random.ExpFloat64() * float64(700*time.Millisecond)))
			select {
			case <-moment.C:
				if err := process.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				<-ended
				kills++
				continue
			case err := <-ended:
				if err != nil {
					t.Fatalf("round %d: ended by itself: %v", round, err)
				}
			}
			break
		}
		r := runLocal(t, dir, RunOptions{})
		if r.status != complete {
			t.Errorf("round %d, after %d kills: status %d\n%s", round, kills, r.status, r.stderr)
		}
		if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
			t.Errorf("round %d, after %d kills: tables differ from those of an undisturbed run:\n%s", round, kills, diff)
		}
		t.Logf("round %d: killed %d times", round, kills)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	}
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
