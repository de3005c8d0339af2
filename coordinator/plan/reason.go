package plan

import (
	"fmt"
	"strings"

	"example.com/rollcall/coordinator/ledger"
)

// mentioned is how many missing inputs or failed checks a Reason names before it only counts them.
const mentioned = 3

// Reason says in words why a target stands as it does; empty when it is up to date.
func (d Decision) Reason() string {
	switch d.Status {
	case NotExpected:
		return "before the pipeline's start"
	case Waiting:
		if len(d.Missing) == 0 {
			return "none of its inputs has arrived"
		}
		return "waits for " + enumerate(d.Missing, TablePartition.String)
	case Running:
		return fmt.Sprintf("under way since %s", d.Newest.At.Format("15:04:05"))
	case Ready:
		if d.Newest != nil && d.Newest.Transient {
			return "to be tried again: " + d.Newest.Reason
		}
		return "ready to run"
	case Failed:
		return d.End.Reason
	case AuditFailed:
		return "not published: " + enumerate(d.End.Failures, func(f ledger.Failure) string {
			return fmt.Sprintf("%s fails %d times", f.Text, f.Count)
		})
	case Held:
		return fmt.Sprintf("held until %s by %s", d.Hold.Until.Format("2006-01-02 15:04 UTC"), d.Hold.ID)
	case Superseded:
		return fmt.Sprintf("the table holds %s", d.Newest.Published.Partition)
	}
	return ""
}

func enumerate[T any](list []T, text func(T) string) string {
	var parts []string
	for _, v := range list[:min(len(list), mentioned)] {
		parts = append(parts, text(v))
	}
	if more := len(list) - mentioned; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ")
}
