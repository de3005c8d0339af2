package operate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// preview works out what is going to be done.
func (b *backfill) preview(ctx context.Context) error {
	b.plan = &Plan{Requests: map[string][]partition.Partition{}, Unobtainable: []Item{}, Refused: b.refused}
	coming := map[plan.TablePartition]bool{}
	for _, r := range b.plans {
		if len(r.Requests) > 0 {
			b.plan.Requests[r.Source.Name] = r.Requests
		}
		for _, w := range r.Loads() {
			coming[w] = true
		}
		for _, t := range r.Tables {
			if t.Status == plan.Unobtainable {
				b.plan.Unobtainable = append(b.plan.Unobtainable, Item{Source: r.Source.Name, Table: t.Table,
					Partition: t.Partition})
			}
		}
	}
	targets, err := b.targetsOf(ctx, func(v *ledger.View, w plan.TablePartition) bool {
		return coming[w] ||
			b.loaded(v, w)
	})
	b.plan.RunsAtMost = len(targets)
	return err
}

// words returns the command line that asks for a backfill.
func (b *backfill) words(o BackfillOptions) []string {
	list := []string{"backfill"}
	add := func(flag, value string) {
		if value != "" {
			list = append(list, flag, value)
		}
	}
	add("--from", o.From)
	add("--to", o.To)
	add("--date", o.Date)
	add("--month", o.Month)
	for _, s := range slices.Sorted(slices.Values(o.Source)) {
		add("--source", s)
	}
	if o.Accept {
		list = append(list, "--accept")
	}
	return list
}

// rest returns the command that requests what is missing, and little else.
func (b *backfill) rest(o *Outcome) string {
	var list []partition.Partition
	again := BackfillOptions{Accept: b.options.Accept}
	for _, it := range o.Missing {
		if it.Source != "" {
			list = append(list, it.Partition)
			if !slices.Contains(again.Source, it.Source) {
				again.Source = append(again.Source, it.Source)
			}
		}
	}
	from, to := partition.Bounds(list)
	again.From, again.To = from.String(), to.String()
	return b.Command(b.words(again)...)
}

// writePreview says what is going to be done.
func (b *backfill) writePreview() {
	b.Err.Say("Backfill of %s in %s", b.about(), b.Deployment.Name)
	if b.resumed {
		b.Err.Say("It continues what began at %s", b.holder.Begun().Format("2006-01-02 15:04 UTC"))
	}
	t := newTable("source", "requests", "table", "to load", "done", "kept", "refused", "unobtainable")
	for _, r := range b.plans {
		if len(r.Tables) == 0 { // no month ends in the range
			continue
		}
		for n, name := range r.Source.SortedTables() {
			count := map[plan.LoadStatus]int{}
			for _, t := range r.Tables {
				if t.Table == name {
					count[t.Status]++
				}
			}
			row := []any{"", "", strings.TrimPrefix(name, "raw."),
				number(count[plan.Needed]), number(count[plan.Loaded]), number(count[plan.Kept]),
				number(count[plan.Refused]), number(count[plan.Unobtainable])}
			if n == 0 {
				row[0], row[1] = r.Source.Name, len(r.Requests)
			}
			t.Row(row...)
		}
	}
	b.Err.Say("\n%s\n", t.Text())
	for _, r := range b.plans {
		if line := unobtainable(r); line != "" {
			b.Err.Say("%s", line)
		}
	}
	if len(b.refused) > 0 {
		says := "These rows were refused; --accept loads them:"
		if b.accepts != nil {
			says = "These rows were refused, and are loaded without asking the source:"
		}
		b.Err.Say("%s", says)
		b.writeRefused(b.refused)
		b.Err.Say("")
	}
	if b.accepts != nil && b.requests() > 0 {
		b.Err.Say("What a source sends and the comparison with earlier loads refuses is accepted as well.\n")
	}
	runs := fmt.Sprintf("%s at most, each once", term.Count(b.plan.RunsAtMost, "model run"))
	switch n := b.requests(); {
	case n > 0:
		b.Err.Say("%s, oldest first; then %s.\nUntil then these models wait.", term.Count(n, "request"), runs)
	case b.resumed && b.plan.RunsAtMost == 0:
		b.Err.Say("Nothing is left to do but to release what it held.")
	case b.resumed:
		b.Err.Say("Everything is loaded. What is left: %s.", runs)
	default:
		b.Err.Say("There is nothing to request.")
	}
}

// about returns "2026-01-01 to 2026-03-31 (90 days) and of the months 2026-01 to 2026-03".
func (b *backfill) about() string {
	text := partition.Text(b.scope.From, b.scope.To)
	if b.scope.From != b.scope.To {
		text += fmt.Sprintf(" (%s)", term.Count(len(b.scope.partitions(partition.Daily)), "day"))
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

// unobtainable says what of a source cannot be loaded; empty when everything can.
func unobtainable(r plan.RequestPlan) string {
	var tables []string
	var list []partition.Partition
	for _, t := range r.Tables {
		if t.Status == plan.Unobtainable {
			tables, list = append(tables, strings.TrimPrefix(t.Table, "raw.")), append(list, t.Partition)
		}
	}
	if list == nil {
		return ""
	}
	slices.SortFunc(list, partition.Partition.Compare)
	list = slices.Compact(list)
	when := list[0].String()
	if n := len(list); n > 1 {
		grain := map[partition.Grain]string{partition.Daily: "day", partition.Monthly: "month"}[r.Source.Cadence]
		when = fmt.Sprintf("%s of %s to %s", term.Count(n, grain), list[0], list[n-1])
	}
	return fmt.Sprintf("Unobtainable: %s for %s; %s has only its current state, and none of that time is staged",
		strings.Join(slices.Compact(tables), " and "), when, r.Source.Name)
}

// write reports a backfill to a person: how many partitions of each table and each model stand in which way.
func (b *backfill) write(o *Outcome) {
	b.Out.Say("")
	b.writeCounts(o.Loads, "table", func(it Item) string { return strings.TrimPrefix(it.Table, "raw.") },
		[]State{Loaded, Unchanged, Missing, Kept, Unobtainable})
	b.writeCounts(o.Runs, "model", func(it Item) string { return it.Model }, []State{Succeeded, UpToDate, Failed, Waiting})
	b.writeAccepted(o.Accepted)
	runs := 0
	for _, it := range o.Runs {
		if it.State == Succeeded || it.State == Failed {
			runs++
		}
	}
	b.Out.Say("%s in all. This run took %s.", term.Count(runs, "model run"),
		term.Duration(b.now().Sub(b.begun)))
}

func (b *backfill) writeCounts(items []Item, head string, name func(Item) string, states []State) {
	if len(items) == 0 {
		return
	}
	heads := []string{head}
	for _, s := range states {
		heads = append(heads, strings.ReplaceAll(string(s), "_", " "))
	}
	var names []string
	count := map[string]map[State]int{}
	for _, it := range items {
		n := name(it)
		if count[n] == nil {
			names, count[n] = append(names, n), map[State]int{}
		}
		count[n][it.State]++
	}
	t := newTable(heads...)
	for _, n := range names {
		row := []any{n}
		for _, s := range states {
			cell := number(count[n][s])
			if cell != "" && (s == Failed || s == Missing) {
				row = append(row, term.Paint(b.Colour).In(text.FgRed, cell))
				continue
			}
			row = append(row, cell)
		}
		t.Row(row...)
	}
	b.Out.Say("%s\n", t.Text())
}

// number returns a count, and nothing for none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return humanize.Comma(int64(n))
}
