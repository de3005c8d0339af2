package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// Refused is a load that was refused, and that no newer load has replaced.
type Refused struct {
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	At        time.Time           `json:"at"`
	Attempt   int                 `json:"attempt"` // how many loads of the partition have failed since one succeeded
	Refusals  []stage.Refusal     `json:"refusals"`

	failure stage.Failure
}

// Accepted is a load whose rows had been refused, and were loaded because a person accepted them.
type Accepted struct {
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	LoadID    string              `json:"load_id"`
	By        string              `json:"by"`
	Reason    string              `json:"reason,omitempty"`
	Refused   []string            `json:"refused"` // why they had been refused
}

// maxReason bounds the reason of an acceptance, so that a request stays small.
const maxReason = 500

// acceptanceFault reports what is wrong with --accept and --reason by themselves.
func acceptanceFault(accept bool, reason string) error {
	switch n := len(reason); {
	case n > 0 && !accept:
		return errors.New("--reason needs --accept")
	case n > maxReason:
		return fmt.Errorf("--reason has %d bytes, more than the %d that are kept", n, maxReason)
	}
	return nil
}

// person returns who runs the command, without the process: "ann@laptop".
func (c *command) person() string {
	who, _, _ := strings.Cut(c.by, ", process ")
	return who
}

// standingFailures returns the newest failures of a source's partitions in a range that still count, oldest first: of those of
// which not every table was loaded since. The partitions must be listed in v.
func (c *command) standingFailures(ctx context.Context, v *ledger.View, s *pipeline.Source, from,
	to partition.Partition) (list []Refused, err error) {
	all, err := c.Failures(ctx, s.Name, from, to)
	if err != nil {
		return nil, err
	}
	for p, f := range all {
		if !v.LoadedSince(s.SortedTables(), p, f.LoadID) {
			list = append(list, Refused{Source: s.Name, Partition: p, At: f.At, Attempt: f.Attempt, Refusals: f.Refusals, failure: f})
		}
	}
	slices.SortFunc(list, func(a, b Refused) int { return a.Partition.Compare(b.Partition) })
	return list, nil
}

// acceptable returns those of which a person can accept the rows.
func acceptable(list []Refused) []Refused {
	return slices.DeleteFunc(slices.Clone(list), func(r Refused) bool { return !r.failure.Acceptable() })
}

// missing returns the item of a source's partition that was not loaded.
func (c *command) missing(source string, p partition.Partition, table string, t trouble) Item {
	it := Item{Source: source, Table: table, Partition: p, Reason: t.reason, Hint: t.hint, Refusals: t.refusals}
	if len(t.refusals) > 0 { // the source does not know which deployment it is in
		it.Hint = c.Hint(hint.Fault{Code: hint.Refused, Source: source, Partition: p})
	}
	return it
}

// writeRefused says what was refused, and why.
func (c *command) writeRefused(list []Refused) {
	for n, r := range list {
		if n == maxListed {
			c.Err.Say("and %d more", len(list)-n)
			break
		}
		times := ""
		if r.Attempt > 1 {
			times = fmt.Sprintf(" %d times, last", r.Attempt)
		}
		c.Err.Say("%s %s was refused%s on %s:", r.Source, r.Partition, times, c.clockText(r.At))
		for _, reason := range stage.Reasons(r.Refusals) {
			for _, line := range term.Wrap(reason, max(c.Width-2, 0)) {
				c.Err.Say("  %s", line)
			}
		}
	}
}

// clockText returns an instant in the pipeline's time zone.
func (c *command) clockText(at time.Time) string {
	return explain.Clock(at, c.now(), c.Pipeline.Location())
}

// writeAccepted says what was accepted.
func (c *command) writeAccepted(list []Accepted) {
	for _, a := range list {
		because := ""
		if a.Reason != "" {
			because = ", because: " + a.Reason
		}
		c.Out.Say("Accepted by %s: %s %s%s", a.By, a.Source, a.Partition, because)
		for _, refused := range a.Refused {
			c.Out.Say("  although %s", refused)
		}
	}
}
