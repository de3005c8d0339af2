package overdue

import (
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
)

// Hint is what a person can do about a case that is reported as w, and the command that does it, without the project; asks
// says whether sources are asked again by themselves.
func (c Case) Hint(w ledger.Overdue, asks bool) (hint, command string) {
	if len(c.Missing) == 0 {
		return "", ""
	}
	if len(w.Lost) > 0 {
		hint = fmt.Sprintf("nothing can bring %s back, which only tells of now: let the source start after it (start in pipeline.yaml), "+
			"or load it from a backup", strings.Join(w.Lost, ", "))
	}
	if len(w.Lost) == len(c.Missing) {
		return hint, "go run ./scripts/rollcall status " + flag(c.Partition)
	}
	if c.Source.Schedule == "" {
		return fmt.Sprintf("a person brings this: see functions/%s/README.md", c.Source.Name), "go run ./scripts/rollcall status " + flag(c.Partition)
	}
	if hint != "" {
		hint += "; for the rest: "
	}
	switch {
	case w.GaveUp:
		hint += fmt.Sprintf("it was asked %d times in vain, and is not asked any more: the log of function %s says why; mend that, and load it",
			w.Requests, c.Source.Name)
	case asks:
		hint += fmt.Sprintf("it is asked again by itself, up to %d times; if that does not help, the log of function %s says why",
			MaxRequests, c.Source.Name)
	default:
		hint += fmt.Sprintf("load it; if that fails, the log of function %s says why", c.Source.Name)
	}
	days := "--from " + partition.Day(c.Partition.Start()).String() + " --to " + partition.Day(c.Partition.End().Add(-1)).String()
	return hint, fmt.Sprintf("go run ./scripts/rollcall backfill %s --source %s", days, c.Source.Name)
}

func flag(p partition.Partition) string {
	if p.Grain() == partition.Monthly {
		return "--month " + p.String()
	}
	return "--date " + p.String()
}

// Lateness is how long after its due time the last of a case's tables came, to the minute.
func (c Case) Lateness(arrived time.Time) time.Duration {
	return max(0, arrived.Sub(c.Due)).Round(time.Minute)
}
