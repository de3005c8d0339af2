package run_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/warehouse"
)

// fault makes the first calls at the points fail, times in all.
func fault(w *coordtest.Warehouse, kind coordtest.Fault, times int, points ...string) {
	w.Hook = func(_ context.Context, point string) coordtest.Fault {
		for _, p := range points {
			if strings.HasPrefix(point, p) && times > 0 {
				times--
				return kind
			}
		}
		return coordtest.None
	}
}

func TestAFaultOfTheConnectionIsRetried(t *testing.T) {
	for _, point := range []string{"submit stage", "wait stage", "submit audit", "rows audit", "ensure mart.stats",
		"submit publish", "wait publish", "submit freshness", "wait freshness"} {
		for _, kind := range []coordtest.Fault{coordtest.Fail, coordtest.LoseReply} {
			synctest.Test(t, func(t *testing.T) {
				m := model(manifest.Model{})
				runner, w := setup(m, "x")
				fault(w, kind, 3, point)
				end, err := runner.Attempt(t.Context(), m, started(1))
				if err != nil || end.State != ledger.Succeeded || end.Reason != "" {
					t.Errorf("%s: %+v, %v", point, end, err)
				}
			})
		}
	}
}

// A job that ended by a fault of the warehouse had no effect, so the attempt has ended. A fault of the
// connection says nothing about the job, so the attempt has not ended.
func TestAnAttemptEndsOnlyWhenAJobIsKnownToHaveEnded(t *testing.T) {
	for point, wantOver := range map[string]bool{
		"execute stage": true, "execute audit": true, "execute publish": true,
		"submit stage": false, "wait publish": false, "rows audit": false,
	} {
		synctest.Test(t, func(t *testing.T) {
			m := model(manifest.Model{})
			runner, w := setup(m, "x")
			fault(w, coordtest.Fail, 100, point)
			end, err := runner.Attempt(t.Context(), m, started(1))
			var over *run.TransientError
			if err == nil || errors.As(err, &over) != wantOver {
				t.Errorf("%s: over %v, %+v, %v", point, over, end, err)
			}
		})
	}
}

// An error in mart.freshness does not undo the publication, and the record says what went wrong.
func TestAFaultInFreshnessDoesNotUndoAPublication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := model(manifest.Model{})
		runner, w := setup(m, "x")
		fault(w, coordtest.Fail, 100, "execute freshness")
		end, err := runner.Attempt(t.Context(), m, started(1))
		if err != nil || end.State != ledger.Succeeded || !strings.Contains(end.Reason, "mart.freshness was not updated") {
			t.Errorf("%+v, %v", end, err)
		}
	})
}

// A publication is finished although its request has ended.
func TestAPublicationIsFinishedOnAFreshContext(t *testing.T) {
	m := model(manifest.Model{})
	runner, w := setup(m, "x")
	ctx, cancel := context.WithCancel(t.Context())
	w.Published = func(warehouse.Job, string) { cancel() }
	w.Hook = nil
	runner.Warehouse = ignoringCancel{w}
	end, err := runner.Attempt(ctx, m, started(1))
	if err != nil || end.State != ledger.Succeeded || end.Reason != "" {
		t.Errorf("%+v, %v", end, err)
	}
}

// ignoringCancel returns the outcome of a job although the context has ended.
type ignoringCancel struct{ *coordtest.Warehouse }

func (d ignoringCancel) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	return d.Warehouse.Wait(context.WithoutCancel(ctx), id)
}

func TestTheDeadlineLeavesAnAttemptToBeCarriedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := model(manifest.Model{})
		runner, w := setup(m, "x")
		release := make(chan struct{})
		w.Hook = func(_ context.Context, point string) coordtest.Fault {
			if strings.HasPrefix(point, "execute stage") {
				<-release
			}
			return coordtest.None
		}
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Minute)
		defer cancel()
		if _, err := runner.Attempt(ctx, m, started(1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v", err)
		}
		close(release)
		if end, err := runner.Attempt(t.Context(), m, started(1)); err != nil || end.State != ledger.Succeeded {
			t.Fatalf("%+v, %v", end, err)
		}
		if n := len(w.Jobs()); n != 4 {
			t.Errorf("%d jobs: %v", n, w.Jobs())
		}
	})
}

func TestAFencedAttemptNeverPublishes(t *testing.T) {
	m := model(manifest.Model{})
	runner, w := setup(m, "x")
	for range 2 { // the second call finds it fenced
		if published, err := runner.Fence(t.Context(), m, started(1)); published || err != nil {
			t.Fatalf("published %v, %v", published, err)
		}
	}
	if _, err := runner.Attempt(t.Context(), m, started(1)); !errors.Is(err, run.ErrFenced) {
		t.Errorf("%v", err)
	}
	if got := w.Contents()["mart.stats"]; len(got) > 0 {
		t.Errorf("published %v", got)
	}
	if end, err := runner.Attempt(t.Context(), m, started(2)); err != nil || end.State != ledger.Succeeded {
		t.Errorf("the next attempt: %+v, %v", end, err)
	}
}

func TestAFenceReportsAnEarlierPublication(t *testing.T) {
	m := model(manifest.Model{})
	runner, _ := setup(m, "x")
	if _, err := runner.Attempt(t.Context(), m, started(1)); err != nil {
		t.Fatal(err)
	}
	if published, err := runner.Fence(t.Context(), m, started(1)); !published || err != nil {
		t.Errorf("published %v, %v", published, err)
	}
	failing, w := setup(m, "x")
	fault(w, coordtest.Fail, 1, "execute publish")
	if _, err := failing.Attempt(t.Context(), m, started(1)); err == nil {
		t.Fatal("the publish job must fail")
	}
	if published, err := failing.Fence(t.Context(), m, started(1)); published || err != nil {
		t.Errorf("after a publish job that failed: published %v, %v", published, err)
	}
}

// A stage job that a coordinator submits late does not touch what a later attempt on the same inputs has
// audited.
func TestALateStageJobTouchesNoAuditedRows(t *testing.T) {
	m := model(manifest.Model{})
	runner, w := setup(m, "x")
	runner.Warehouse = &interfering{Warehouse: w, before: "publish_stats_2026-11-21_0123456789ab_a2", do: func() {
		w.Load("raw.medium_stories", day, "bad stats")
		if _, err := runner.Attempt(t.Context(), m, started(1)); err != nil {
			t.Error(err)
		}
	}}
	if end, err := runner.Attempt(t.Context(), m, started(2)); err != nil || end.State != ledger.Succeeded {
		t.Fatalf("%+v, %v", end, err)
	}
	if got := w.Contents()["mart.stats"][day]; coordtest.Bad(got) {
		t.Errorf("published %q", got)
	}
}

// interfering does something before a job is submitted.
type interfering struct {
	*coordtest.Warehouse
	before string
	do     func()
}

func (w *interfering) Submit(ctx context.Context, job warehouse.Job) error {
	if job.ID == w.before {
		w.before = ""
		w.do()
	}
	return w.Warehouse.Submit(ctx, job)
}

// Staging tables and the rows of an audit expire. An attempt that is resumed after that has ended.
func TestAnAttemptWhoseStagedRowsAreGoneEnds(t *testing.T) {
	m := model(manifest.Model{})
	var over *run.TransientError
	for _, step := range []string{"audit", "publish"} {
		runner, w := setup(m, "x")
		runner.Warehouse = &interfering{Warehouse: w, before: step + "_stats_2026-11-21_0123456789ab_a1", do: w.ClearStaging}
		if end, err := runner.Attempt(t.Context(), m, started(1)); !errors.As(err, &over) {
			t.Errorf("before %s: %+v, %v", step, end, err)
		}
	}
	runner, w := setup(m, "x")
	runner.Warehouse = withoutRows{w}
	if end, err := runner.Attempt(t.Context(), m, started(1)); !errors.As(err, &over) {
		t.Errorf("%+v, %v", end, err)
	}
}

// A warehouse may refuse the job when it is submitted because the staged table is gone.
func TestAnAttemptWhoseJobIsRefusedForLostRowsEnds(t *testing.T) {
	m := model(manifest.Model{})
	for step, wantOver := range map[string]bool{"stage": false, "audit": true, "publish": true} {
		runner, w := setup(m, "x")
		runner.Warehouse = refusing{w, step + "_"}
		end, err := runner.Attempt(t.Context(), m, started(1))
		var over *run.TransientError
		if errors.As(err, &over) != wantOver || !wantOver && end.State != ledger.Failed {
			t.Errorf("%s: %+v, %v", step, end, err)
		}
	}
}

// refusing refuses a job because its table is gone.
type refusing struct {
	*coordtest.Warehouse
	step string // prefix of the job id
}

func (w refusing) Submit(ctx context.Context, job warehouse.Job) error {
	if strings.HasPrefix(job.ID, w.step) {
		return &warehouse.JobError{ID: job.ID, Reason: "notFound", Message: "Not found: Table"}
	}
	return w.Warehouse.Submit(ctx, job)
}

// withoutRows is a warehouse where the rows of every job have expired.
type withoutRows struct{ *coordtest.Warehouse }

func (withoutRows) Rows(context.Context, string, int) ([]map[string]any, error) {
	return nil, fmt.Errorf("rows: %w", warehouse.ErrNotFound)
}
