package backfill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/ledger/ledgertest"
	"example.com/rollcall/scripts/internal/cli"
	"example.com/rollcall/scripts/internal/days"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/partition"
)

func TestWhatIsWrongWithTheFlagsIsSaidAtOnceAndBeforeAnythingIsTouched(t *testing.T) {
	for _, tc := range []struct {
		name  string
		flags Flags
		want  []string
	}{
		{"no day", Flags{From: "January", To: "2026-01-05"}, []string{`--from "January" is not a day`}},
		{"today", Flags{From: "2026-01-01", To: "2026-01-15"}, []string{"--to 2026-01-15 has not ended yet; the newest complete day is 2026-01-14"}},
		{"several", Flags{From: "2026-01-09", To: "2026-01-05", Source: []string{"kitt"}, Parallel: 99},
			[]string{"--from 2026-01-09 is after --to 2026-01-05", `--source "kitt" is no source; the sources are drops, kit, medium, stripe`, "--parallel 99 is not 1 to 16"}},
		{"before the start", Flags{From: "2025-12-31", To: "2026-01-05"}, []string{"--from 2025-12-31 is before 2026-01-01, the pipeline's start", "set start in coordinator/pipeline.yaml"}},
		{"nobody to ask", Flags{From: "2026-01-01", To: "2026-01-05"}, []string{"nobody is there to be asked whether to begin; give --yes"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.flags.Parallel == 0 {
				tc.flags.Parallel = 4
			}
			w := newWorld(t, scenario{}.manifest(), time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC))
			status, shown := w.command(t.Context(), tc.flags)
			if status != broken {
				t.Errorf("status %d", status)
			}
			for _, want := range tc.want {
				if !strings.Contains(shown, want) {
					t.Errorf("it does not say %q:\n%s", want, shown)
				}
			}
			if names := w.store.Names(); len(names) > 0 {
				t.Errorf("the ledger holds %v", names)
			}
		})
	}
}

func TestThePlanIsShownAndNothingIsDone(t *testing.T) {
	w := newWorld(t, scenario{}.manifest(), time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC))
	status, shown := w.command(t.Context(), Flags{From: "2026-01-01", Parallel: 4, Plan: true})
	if status != complete || !strings.Contains(shown, "6 requests, oldest first; then 0 model runs at most") || len(w.store.Names()) > 0 {
		t.Errorf("status %d, ledger %v\n%s", status, w.store.Names(), shown)
	}
	_, shown = w.command(t.Context(), Flags{From: "2026-01-13", Parallel: 4, Plan: true, JSON: true})
	if want := `"requests": {
      "kit": [
        "2026-01-14"
      ],
      "medium": [
        "2026-01-14"
      ]
    },
    "model_runs_at_most": 0,
    "not_to_be_had": [
      {
        "source": "kit",
        "table": "raw.kit_subscribers",
        "partition": "2026-01-13"
      },`; !strings.Contains(shown, want) {
		t.Errorf("as JSON:\n%s", shown)
	}
}

// command runs the command in the world, and gives what it shows.
func (w *world) command(ctx context.Context, f Flags) (status int, shown string) {
	var b strings.Builder
	status = run(ctx, f, system{in: strings.NewReader(""), out: &b, err: &b, now: w.now, by: "ann@laptop, process 1", wait: deployment.DefaultRetryPolicy,
		dead: func(string) bool { return false }, open: w.open(&process{world: w})})
	return status, b.String()
}

// open opens the world as a project.
func (w *world) open(p *process) opener {
	return func(context.Context, Flags) (*place, error) {
		s := &deployment.Deployment{Name: "the test's mart", Pipeline: w.pipeline, Manifest: w.manifest, Store: processStore{p}, Staging: w, Close: p.Close}
		return &place{Deployment: s, work: func(context.Context, days.Scope) (*deployment.Deployment, deployment.Worker, error) { return s, p, nil }}, nil
	}
}

// Of two that begin at the same moment, each sees the other's hold, and neither has the partitions for certain.
func TestOfTwoThatBeginAtOnceNotBothGoOn(t *testing.T) {
	store := &ledgertest.Memory{}
	now := time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)
	parts := []partition.Partition{day("2026-01-05"), day("2026-01-06")}
	newOne := func(by string) *guard {
		return newGuard(ledger.New(store, by), ledger.Hold{By: by, From: parts[0], To: parts[1]}, func() time.Time { return now }, func(string) bool { return false })
	}
	a, b := newOne("a"), newOne("b")
	for _, g := range []*guard{a, b} {
		if _, err := g.inherit(t.Context(), parts, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.take(t.Context(), parts); err != nil { // before b has written
		t.Fatal(err)
	}
	var taken *takenError
	if err := b.take(t.Context(), parts); !errors.As(err, &taken) || taken.hold.By != "a" {
		t.Errorf("the second to hold got %v", err)
	}
	var v ledger.View
	if err := a.ledger.List(t.Context(), &v, parts); err != nil {
		t.Fatal(err)
	}
	if h, held := v.Held(parts[0], now); !held || h.ID != a.hold.ID {
		t.Errorf("it is held by %+v", h)
	}
}

// A hold is renewed long before it ends, until the work ends.
func TestTheHoldLastsAsLongAsTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ledger.New(&ledgertest.Memory{}, "a")
		parts := []partition.Partition{day("2026-01-05")}
		g := newGuard(l, ledger.Hold{By: "a", From: parts[0], To: parts[0]}, time.Now, func(string) bool { return false })
		if err := g.take(t.Context(), parts); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancelCause(t.Context())
		go g.keep(ctx, stop)
		for range 100 {
			time.Sleep(7 * time.Minute)
			var v ledger.View
			if err := l.List(ctx, &v, parts); err != nil {
				t.Fatal(err)
			}
			if h, held := v.Held(parts[0], time.Now().Add(holdFor/2)); !held {
				t.Fatalf("it ends at %s", h.Until)
			}
		}
		stop(nil)
		synctest.Wait()
	})
}

func TestAProcessThatHasEndedHoldsNoMore(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run", "^$")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	of := func(host string, pid int) string { return fmt.Sprintf("ann@%s, process %d", host, pid) }
	alive := of(cli.Host(), os.Getppid())
	if gone(alive) {
		t.Errorf("%s is gone", alive)
	}
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	for by, want := range map[string]bool{
		of(cli.Host(), child.Process.Pid): true, of("another-"+cli.Host(), child.Process.Pid): false, "a person": false, thisProcess(): true,
	} {
		if got := gone(by); got != want {
			t.Errorf("%s is gone: %v, want %v", by, got, want)
		}
	}
}
