package standing

import (
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
)

// Kind says what kind of thing made a model run.
type Kind string

// The kinds of causes.
const (
	First    Kind = "first"    // it had never run, and the last of its inputs arrived
	Restated Kind = "restated" // an input's rows changed
	Appeared Kind = "appeared" // an input arrived that the run before did not have
	Gone     Kind = "gone"     // an input is not read any more, because latest finds a newer one
	SQL      Kind = "sql"      // the model was changed
	Reset    Kind = "reset"    // a person, or a command, asked for it
	Retry    Kind = "retry"    // the run before came to nothing, or could not be trusted
)

// Cause is one thing that made a model run.
type Cause struct {
	Kind Kind `json:"kind"`
	*plan.TablePartition
	At   time.Time `json:"at,omitzero"`
	By   string    `json:"by,omitempty"`  // of a reset
	Note string    `json:"why,omitempty"` // of a reset, or what became of the run before
}

// because compares what a run was started from with what the run before it was.
func (r *Reading) because(want plan.TablePartition, run ledger.Run, before *ledger.Run) (list []Cause) {
	if before == nil {
		var last *ledger.Arrival
		for i := range run.Inputs {
			if a := &run.Inputs[i]; last == nil || a.LoadedAt.After(last.LoadedAt) {
				last = a
			}
		}
		if last == nil {
			return []Cause{{Kind: First}}
		}
		return []Cause{{Kind: First, TablePartition: of(*last), At: last.LoadedAt}}
	}
	if run.SQLHash != before.SQLHash {
		list = append(list, Cause{Kind: SQL})
	}
	resets := r.Resets[want]
	for n := min(before.Epoch, len(resets)); n < min(run.Epoch, len(resets)); n++ {
		list = append(list, Cause{Kind: Reset, At: resets[n].At, By: resets[n].By, Note: resets[n].Why})
	}
	if run.Epoch > max(before.Epoch, len(resets)) {
		list = append(list, Cause{Kind: Reset}) // nobody has read who asked for it
	}
	list = append(list, changes(before.Inputs, run.Inputs)...)
	if len(list) > 0 {
		return list
	}
	note := "an input was restated and returned while the run before read it"
	if before.State != ledger.Succeeded {
		note = "the run before came to nothing"
		if before.Reason != "" {
			note += ": " + before.Reason
		}
	}
	return []Cause{{Kind: Retry, Note: note}}
}

// changes are the inputs that differ between two runs. Both lists are sorted by table and partition.
func changes(before, now []ledger.Arrival) (list []Cause) {
	was := map[plan.TablePartition]ledger.Arrival{}
	for _, a := range before {
		was[*of(a)] = a
	}
	for _, a := range now {
		w := *of(a)
		old, had := was[w]
		delete(was, w)
		switch {
		case !had:
			list = append(list, Cause{Kind: Appeared, TablePartition: &w, At: a.LoadedAt})
		case old.Digest != a.Digest:
			list = append(list, Cause{Kind: Restated, TablePartition: &w, At: a.LoadedAt})
		}
	}
	for _, a := range before {
		if _, gone := was[*of(a)]; gone {
			list = append(list, Cause{Kind: Gone, TablePartition: of(a)})
		}
	}
	return list
}

func of(a ledger.Arrival) *plan.TablePartition {
	return &plan.TablePartition{Table: a.Table, Partition: a.Partition}
}

// Text is the cause in words: "raw.kit_subscribers 2026-11-21 was restated at 22 Nov 07:36".
func (c Cause) Text(clock func(time.Time) string) string {
	switch c.Kind {
	case First:
		if c.TablePartition == nil {
			return "it had never run"
		}
		return fmt.Sprintf("all its inputs had arrived, the last of them %s on %s", c.TablePartition, clock(c.At))
	case Restated:
		if strings.HasPrefix(c.Table, "mart.") {
			return fmt.Sprintf("%s was published anew on %s, with other rows", c.TablePartition, clock(c.At))
		}
		return fmt.Sprintf("%s was restated on %s", c.TablePartition, clock(c.At))
	case Appeared:
		return fmt.Sprintf("%s arrived on %s", c.TablePartition, clock(c.At))
	case Gone:
		return fmt.Sprintf("%s is not read any more", c.TablePartition)
	case SQL:
		return "its SQL was changed"
	case Reset:
		if c.By == "" {
			return "it was reset"
		}
		text := fmt.Sprintf("%s asked for it on %s", c.By, clock(c.At))
		if c.Note != "" {
			text += ", " + c.Note
		}
		return text
	}
	return c.Note
}
