package explain

import (
	"fmt"
	"strings"

	"example.com/rollcall/coordinator/plan"
)

// mentioned is how many missing inputs or failed checks a Reason names before it only counts them.
const mentioned = 3

// readTooEarly says why a run must be repeated, but not yet.
const readTooEarly = "an input is announced as loaded after it was read"

// Reason returns in a few words, for a line of a log or a list, why a target stands as it does; empty when it
// is up to date. Instants are in UTC. Facts.Explain says more.
func Reason(d plan.Decision) string {
	switch d.Status {
	case plan.NotExpected:
		return "before the pipeline's start"
	case plan.Waiting:
		var missing []string
		for _, input := range d.Missing {
			missing = append(missing, input.String())
		}
		if missing == nil {
			return "none of its inputs has arrived"
		}
		return "waits for " + strings.Join(atMost(missing, mentioned), ", ")
	case plan.Running:
		return fmt.Sprintf("running since %s", d.Newest.At.UTC().Format("15:04:05"))
	case plan.Ready:
		if !d.Until.IsZero() {
			return fmt.Sprintf("to be repeated at %s: %s", d.Until.UTC().Format("15:04:05"), readTooEarly)
		}
		if d.Newest != nil && d.Newest.Transient {
			return "to be tried again: " + d.Newest.Reason
		}
		return "ready to run"
	case plan.Failed:
		return d.End.Reason
	case plan.AuditFailed:
		var failed []string
		for _, f := range d.End.Failures {
			failed = append(failed, FailureText(f))
		}
		return "not published: " + strings.Join(atMost(failed, mentioned), ", ")
	case plan.Held:
		return fmt.Sprintf("held until %s by %s", d.Hold.Until.UTC().Format("2006-01-02 15:04 UTC"), d.Hold.ID)
	case plan.Gone:
		return "its rows are gone from " + d.Model.TableName()
	case plan.Superseded:
		return superseded(d)
	}
	return ""
}

// superseded says why a whole table does not need a partition.
func superseded(d plan.Decision) string {
	if p := d.Newest.Published; p != nil && d.Partition.Compare(p.Partition) < 0 {
		return fmt.Sprintf("the table holds %s", p.Partition)
	}
	return fmt.Sprintf("the %d partitions after it have failed", plan.MaxFailures)
}
