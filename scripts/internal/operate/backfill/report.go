package backfill

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// report writes what has been done, as JSON or for a person, and what is missing.
func (b *backfill) report(o outcome) error {
	if b.flags.JSON {
		if err := term.WriteJSON(b.sys.out, o); err != nil {
			return err
		}
	} else {
		b.writeSummary(o)
	}
	term.WriteMissing(b.sys.err, notices(o.Missing))
	again := b.site.Command(words(b.flags)...)
	switch {
	case b.stopped:
		fmt.Fprintf(b.sys.err, "Stopped. To go on: %s\nThe models wait for it until %s.\n", again,
			b.guard.end().Format("15:04 UTC"))
	case slices.ContainsFunc(o.Missing, func(it item) bool { return it.Source != "" }):
		fmt.Fprintf(b.sys.err, "When that is mended: %s\n", b.rest(o))
	}
	return nil
}

// reportPlan writes the plan alone, when JSON is wanted; a person has seen it.
func (b *backfill) reportPlan() error {
	if !b.flags.JSON {
		return nil
	}
	return term.WriteJSON(b.sys.out, struct {
		Plan proposal `json:"plan"`
	}{b.plan})
}

// rest is the command that asks for what is missing, and for little else.
func (b *backfill) rest(o outcome) string {
	var list []partition.Partition
	f := b.flags
	f.Source = nil
	for _, it := range o.Missing {
		if it.Source != "" {
			list = append(list, it.Partition)
			if !slices.Contains(f.Source, it.Source) {
				f.Source = append(f.Source, it.Source)
			}
		}
	}
	from, to := span(list, b.sys.now())
	f.From, f.To = from.String(), to.String()
	return b.site.Command(words(f)...)
}

func (b *backfill) writeSummary(o outcome) {
	out, paint := b.sys.out, term.Paint(b.sys.colour)
	fmt.Fprintln(out)
	write := func(items []item, name func(item) string, states []fate) {
		if len(items) == 0 {
			return
		}
		head := []string{name(item{})}
		for _, s := range states {
			head = append(head, strings.ReplaceAll(string(s), "_", " "))
		}
		t := newTable(head...)
		var names []string
		count := map[string]map[fate]int{}
		for _, it := range items {
			n := name(it)
			if count[n] == nil {
				names, count[n] = append(names, n), map[fate]int{}
			}
			count[n][it.State]++
		}
		for _, n := range names {
			row := table.Row{n}
			for _, s := range states {
				cell := number(count[n][s])
				if cell != "" && (s == failed || s == missing) {
					cell = paint.In(text.FgRed, cell)
				}
				row = append(row, cell)
			}
			t.AppendRow(row)
		}
		fmt.Fprintf(out, "%s\n\n", term.Table(t))
	}
	write(o.Tables, func(it item) string {
		if it.Table == "" {
			return "table"
		}
		return strings.TrimPrefix(it.Table, "raw.")
	}, []fate{loaded, unchanged, missing, stands, lost})
	write(o.Models, func(it item) string {
		if it.Model == "" {
			return "model"
		}
		return it.Model
	}, []fate{ran, asItWas, failed, waits})
	runs := 0
	for _, it := range o.Models {
		if it.State == ran || it.State == failed {
			runs++
		}
	}
	fmt.Fprintf(out, "%s in all. This run took %s.\n", term.Count(runs, "model run"), term.Duration(time.Duration(o.Milliseconds)*time.Millisecond))
}

// newTable is a table with names over its columns, numbers at the right.
func newTable(head ...string) table.Writer {
	t := table.NewWriter()
	t.SetStyle(term.Plain)
	t.SuppressEmptyColumns()
	row := table.Row{}
	var configs []table.ColumnConfig
	for i, h := range head {
		row = append(row, h)
		if h != "source" && h != "table" && h != "model" {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.AppendHeader(row)
	t.SetColumnConfigs(configs)
	return t
}

// number is a count, and nothing for none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return term.Whole(int64(n))
}
