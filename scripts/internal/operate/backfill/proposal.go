package backfill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/cli"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// proposal is what a backfill is going to do, as far as it is known before.
type proposal struct {
	Requests map[string][]partition.Partition `json:"requests"`           // by source, oldest first
	Runs     int                              `json:"model_runs_at_most"` // each of another model's partition
	Beyond   []item                           `json:"not_to_be_had"`
}

// propose works out what is going to be done.
func (b *backfill) propose(ctx context.Context) error {
	b.plan = proposal{Requests: map[string][]partition.Partition{}, Beyond: []item{}}
	coming := map[plan.TablePartition]bool{}
	for _, e := range b.errands {
		if len(e.requests) > 0 {
			b.plan.Requests[e.source.Name] = e.requests
		}
		for _, w := range e.brings() {
			coming[w] = true
		}
		for _, w := range e.wants {
			if w.fate == lost {
				b.plan.Beyond = append(b.plan.Beyond, item{Source: e.source.Name, Table: w.Table, Partition: w.Partition})
			}
		}
	}
	targets, err := b.targetsOf(ctx, func(v *ledger.View, w plan.TablePartition) bool { return coming[w] || b.came(v, w) })
	b.plan.Runs = len(targets)
	return err
}

// writePlan says what is going to be done.
func (b *backfill) writePlan() {
	out := b.sys.err
	fmt.Fprintf(out, "Backfill of %s in %s\n", b.about(), b.site.Name)
	if b.resumed {
		fmt.Fprintf(out, "It goes on with what began at %s\n", b.guard.hold.Begun.Format("2006-01-02 15:04 UTC"))
	}
	t := newTable("source", "requests", "table", "to load", "done", "stand", "not to be had")
	for _, e := range b.errands {
		if len(e.wants) == 0 { // no month ends in the range
			continue
		}
		for n, name := range e.source.SortedTables() {
			count := map[fate]int{}
			for _, w := range e.wants {
				if w.Table == name {
					count[w.fate]++
				}
			}
			row := table.Row{"", "", strings.TrimPrefix(name, "raw."), number(count[asked]), number(count[loaded]), number(count[stands]), number(count[lost])}
			if n == 0 {
				row[0], row[1] = e.source.Name, len(e.requests)
			}
			t.AppendRow(row)
		}
	}
	fmt.Fprintf(out, "\n%s\n\n", term.Table(t))
	for _, line := range b.beyond() {
		fmt.Fprintln(out, line)
	}
	runs := fmt.Sprintf("%s at most, each once", term.Count(b.plan.Runs, "model run"))
	switch n := b.requests(); {
	case n > 0:
		fmt.Fprintf(out, "%s, oldest first; then %s.\nUntil then these models wait.\n", term.Count(n, "request"), runs)
	case b.resumed && b.plan.Runs == 0:
		fmt.Fprintln(out, "Nothing of it is left to do but to let go what it held.")
	case b.resumed:
		fmt.Fprintf(out, "All is loaded. What is left: %s.\n", runs)
	default:
		fmt.Fprintln(out, "There is nothing to ask for.")
	}
}

// about is "2026-01-01 to 2026-03-31 (90 days) and of the months 2026-01 to 2026-03".
func (b *backfill) about() string {
	text := b.scope.From.String()
	if b.scope.From != b.scope.To {
		text = fmt.Sprintf("%s to %s (%s)", b.scope.From, b.scope.To, term.Count(len(b.scope.Partitions(partition.Daily)), "day"))
	}
	switch n := len(b.scope.Months); n {
	case 0:
		return text
	case 1:
		return fmt.Sprintf("%s and of the month %s", text, b.scope.Months[0])
	default:
		return fmt.Sprintf("%s and of the months %s to %s", text, b.scope.Months[0], b.scope.Months[n-1])
	}
}

// beyond says of each source once what of it cannot be had.
func (b *backfill) beyond() (lines []string) {
	for _, e := range b.errands {
		var tables []string
		var list []partition.Partition
		for _, w := range e.wants {
			if w.fate == lost {
				tables, list = append(tables, strings.TrimPrefix(w.Table, "raw.")), append(list, w.Partition)
			}
		}
		if list == nil {
			continue
		}
		slices.SortFunc(list, partition.Partition.Compare)
		list = slices.Compact(list)
		when := list[0].String()
		if n := len(list); n > 1 {
			when = fmt.Sprintf("%s of %s to %s", term.Count(n, partitionWord(e.source.Cadence)), list[0], list[n-1])
		}
		lines = append(lines, fmt.Sprintf("Not to be had: %s for %s; %s only tells how it stands now, and nothing of then is staged",
			strings.Join(slices.Compact(tables), " and "), when, e.source.Name))
	}
	return lines
}

func partitionWord(g partition.Grain) string {
	if g == partition.Monthly {
		return "month"
	}
	return "day"
}

// confirm asks whether to begin. It is an error when nobody is there, or when the answer is not yes.
func confirm(ctx context.Context, sys system) error {
	if !sys.asks {
		return errors.New("nobody is there to be asked whether to begin; give --yes")
	}
	return cli.Confirm(ctx, sys.in, sys.err)
}
