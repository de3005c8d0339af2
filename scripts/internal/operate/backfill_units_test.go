package operate

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

func TestWhatIsWrongWithTheFlagsIsSaidAtOnceAndBeforeAnythingIsTouched(t *testing.T) {
	for _, tc := range []struct {
		name  string
		flags BackfillOptions
		want  []string
	}{
		{"no day", BackfillOptions{Range: Range{From: "January", To: "2026-01-05"}}, []string{`--from "January" is not a day`}},
		{"today", BackfillOptions{Range: Range{From: "2026-01-01", To: "2026-01-15"}}, []string{"--to 2026-01-15 has not ended yet; the newest complete day is 2026-01-14"}},
		{"several", BackfillOptions{Range: Range{From: "2026-01-09", To: "2026-01-05"}, Source: []string{"kitt"}, Parallel: 99},
			[]string{"--from 2026-01-09 is after --to 2026-01-05", `--source: no source is named "kitt"; do you mean kit?`, "--parallel 99 is not 1 to 16"}},
		{"before the start", BackfillOptions{Range: Range{From: "2025-12-31", To: "2026-01-05"}}, []string{"--from 2025-12-31 is before 2026-01-01, the pipeline's start", "set start in coordinator/pipeline.yaml"}},
		{"nobody to ask", BackfillOptions{Range: Range{From: "2026-01-01", To: "2026-01-05"}}, []string{"--yes is missing: standard input is not a terminal"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.flags.Parallel == 0 {
				tc.flags.Parallel = 4
			}
			w := newBackfillWorld(t, scenarioModels(nil, nil), time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC))
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
	w := newBackfillWorld(t, scenarioModels(nil, nil), time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC))
	status, shown := w.command(t.Context(), BackfillOptions{Range: Range{From: "2026-01-01"}, Parallel: 4, Confirmation: Confirmation{DryRun: true}})
	if status != complete || !strings.Contains(shown, "6 requests, oldest first; then 0 model runs at most") || len(w.store.Names()) > 0 {
		t.Errorf("status %d, ledger %v\n%s", status, w.store.Names(), shown)
	}
	_, shown = w.command(t.Context(), BackfillOptions{Range: Range{From: "2026-01-13"}, Parallel: 4, Confirmation: Confirmation{DryRun: true, JSON: true}})
	if want := `"requests": {
      "kit": [
        "2026-01-14"
      ],
      "medium": [
        "2026-01-14"
      ]
    },
    "model_runs_at_most": 0,
    "unobtainable": [
      {
        "source": "kit",
        "table": "raw.kit_subscribers",
        "partition": "2026-01-13"
      },`; !strings.Contains(shown, want) {
		t.Errorf("as JSON:\n%s", shown)
	}
}

// command runs the command in the world, and gives what it shows.
func (w *backfillWorld) command(ctx context.Context, o BackfillOptions) (code int, shown string) {
	var b strings.Builder
	code = status(&b)(Backfill(ctx, o, System{
		In: strings.NewReader(""), Out: term.NewOutput(&b), Err: term.NewOutput(&b), now: w.now, by: "ann@laptop, process 1",
		dead: func(string) bool { return false }, open: w.open(&process{backfillWorld: w}),
	}))
	return code, b.String()
}

// open opens the world as a project.
func (w *backfillWorld) open(p *process) func(Place) (*site, error) {
	return func(Place) (*site, error) {
		d := &deployment.Deployment{Name: "the test's mart", Pipeline: w.pipeline, Manifest: w.manifest, Store: processStore{p}, Staging: w, Close: p.Close}
		work := func(context.Context, partition.Partition, partition.Partition) (*deployment.Deployment, deployment.Worker, error) {
			return d, p, nil
		}
		return &site{Deployment: d, clock: w.now, retry: DefaultRetryPolicy, poll: 3 * time.Second, work: work}, nil
	}
}

func TestAProcessThatHasEndedHoldsNoMore(t *testing.T) {
	process := exec.Command(os.Args[0], "-test.run", "^$")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	of := func(host string, pid int) string { return fmt.Sprintf("ann@%s, process %d", host, pid) }
	alive := of(hostName(), os.Getppid())
	if endedProcess(alive) {
		t.Errorf("%s is gone", alive)
	}
	if err := process.Wait(); err != nil {
		t.Fatal(err)
	}
	for by, want := range map[string]bool{
		of(hostName(), process.Process.Pid): true, of("another-"+hostName(), process.Process.Pid): false, "a person": false, thisProcess(): true,
	} {
		if got := endedProcess(by); got != want {
			t.Errorf("%s is gone: %v, want %v", by, got, want)
		}
	}
}
