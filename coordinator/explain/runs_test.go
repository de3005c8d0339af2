package explain

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

var (
	model   = &manifest.Model{Name: "growth", SQLHash: "v2", Checks: []manifest.Check{{}, {}}}
	target  = plan.TablePartition{Table: "mart.growth", Partition: partition.MustParse("2026-11-21")}
	morning = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
)

// record returns a record of attempt a, which read an input of this content.
func record(a int, state ledger.State, content string) ledger.Run {
	var d digest.Digest
	d.Add([]byte(content))
	r := ledger.Run{
		State: state, Model: model.Name, Partition: target.Partition, Attempt: a, SQLHash: "v2", At: morning.Add(time.Duration(a) * time.Hour),
		Inputs: []ledger.Arrival{{Table: "raw.kit", Partition: target.Partition, Digest: d.Sum()}},
	}
	if state == ledger.Succeeded {
		r.Published = &ledger.Published{Partition: target.Partition, Digest: d.Sum(), Rows: 3}
	}
	return r
}

func summaries(runs []Run) (list []string) {
	for _, r := range runs {
		list = append(list, fmt.Sprintf("%d %s %s", r.Attempt, r.State, r.Because[0].Kind))
	}
	return list
}

func TestRecordsOfOneAttemptAreOneRun(t *testing.T) {
	records := []ledger.Run{
		record(1, ledger.Started, "x"), record(1, ledger.Started, "x"), // taken over by another coordinator
		record(2, ledger.Started, "y"), record(2, ledger.Succeeded, "y"),
		record(3, ledger.Started, "z"),
	}
	r := &Facts{Runs: map[plan.TablePartition][]ledger.Run{target: records}}
	want := []string{"1 given_up first", "2 succeeded restated", "3 running restated"}
	if diff := cmp.Diff(want, summaries(r.runs(model, target))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.Truncated = map[plan.TablePartition]bool{target: true}
	if diff := cmp.Diff(want[1:], summaries(r.runs(model, target))); diff != "" {
		t.Errorf("when there are older records (-want +got):\n%s", diff)
	}
}

// How many checks an audit had is unknown when the SQL was not today's.
func TestChecksAreCountedWhenTheModelIsTheSame(t *testing.T) {
	old := record(1, ledger.Succeeded, "x")
	old.SQLHash = "v1"
	r := &Facts{Runs: map[plan.TablePartition][]ledger.Run{target: {old, record(2, ledger.Succeeded, "x")}}}
	runs := r.runs(model, target)
	if runs[0].Checks != 0 || runs[1].Checks != 2 || runs[1].Because[0].Kind != SQL {
		t.Errorf("%+v", runs)
	}
}

func TestResetsSinceTheRunBeforeAreCauses(t *testing.T) {
	first, second := record(1, ledger.Succeeded, "x"), record(2, ledger.Succeeded, "x")
	first.Epoch, second.Epoch = 1, 3
	resets := []ledger.Reset{{By: "a"}, {By: "b"}, {By: "c"}}
	r := &Facts{Runs: map[plan.TablePartition][]ledger.Run{target: {first, second}}, Resets: map[plan.TablePartition][]ledger.Reset{target: resets}}
	var by []string
	for _, c := range r.runs(model, target)[1].Because {
		by = append(by, string(c.Kind)+" "+c.By)
	}
	if diff := cmp.Diff([]string{"reset b", "reset c"}, by); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.Resets = nil
	if got := r.runs(model, target)[1].Because; len(got) != 1 || got[0].Text(nil) != "it was reset" {
		t.Errorf("when the resets were not read: %+v", got)
	}
}

// Neighbouring partitions that changed alike are one cause, with the time of the newest.
func TestNeighboursThatChangedAlikeAreOneCause(t *testing.T) {
	was, now := record(1, ledger.Succeeded, "x"), record(2, ledger.Started, "x")
	was.Inputs, now.Inputs = nil, nil
	for n := range 5 {
		a := ledger.Arrival{Table: "raw.kit", Partition: target.Partition.Add(n), LoadedAt: morning.Add(-time.Duration(n) * time.Hour)}
		if n < 2 {
			was.Inputs = append(was.Inputs, a)
			a.Digest[0] = 1
		}
		if now.Inputs = append(now.Inputs, a); n == 3 {
			was.Inputs = append(was.Inputs, a) // it has not changed
		}
	}
	gone := ledger.Arrival{Table: "raw.old", Partition: target.Partition}
	was.Inputs = append(was.Inputs, gone, ledger.Arrival{Table: "raw.old", Partition: target.Partition.Add(1)})
	f := &Facts{Runs: map[plan.TablePartition][]ledger.Run{target: {was, now}}}
	var got []string
	for _, c := range f.runs(model, target)[1].Because {
		got = append(got, c.Text(func(t time.Time) string { return t.Format("15:04") }))
	}
	want := []string{
		"raw.kit 2026-11-21 to 2026-11-22 were restated, the last on 07:00", "raw.kit 2026-11-23 arrived on 05:00",
		"raw.kit 2026-11-25 arrived on 03:00", "raw.old 2026-11-21 to 2026-11-22 are no longer read",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
