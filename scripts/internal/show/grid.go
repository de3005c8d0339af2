package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/shared/partition"
)

// mark is how a state is drawn.
type mark struct {
	state  state
	symbol string
	colour text.Color
}

var marks = []mark{
	{arrived, "✓", text.FgGreen}, {ran, "●", text.FgGreen}, {unchanged, "○", text.FgHiBlack},
	{waiting, "·", text.FgYellow}, {failed, "✗", text.FgRed},
}

// paint is text in a colour, or as it is.
type paint bool

func (p paint) in(c text.Color, s string) string {
	if !p {
		return s
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", c, s)
}

func (p paint) mark(s state) string {
	for _, m := range marks {
		if m.state == s {
			return p.in(m.colour, m.symbol)
		}
	}
	return ""
}

// manyRows is how many rows of one grain are shown in full; of more, neighbours that are alike share a row.
const manyRows = 40

// writeGrid draws the partitions, days and months apart, with the sources and then the models of each grain.
func writeGrid(out io.Writer, rows []row, p paint) {
	for _, g := range []partition.Grain{partition.Monthly, partition.Daily} {
		var own []row
		for _, r := range rows {
			if r.Partition.Grain() == g {
				own = append(own, r)
			}
		}
		if len(own) > 0 {
			fmt.Fprintln(out, drawGrain(own, p))
			fmt.Fprintln(out)
		}
	}
	var legend []string
	for _, m := range marks {
		legend = append(legend, p.mark(m.state)+" "+string(m.state))
	}
	fmt.Fprintf(out, "%s; blank: not expected\n", strings.Join(legend, "  "))
}

func drawGrain(rows []row, p paint) string {
	sources, models := columns(rows)
	t := table.NewWriter()
	t.SetStyle(plainStyle)
	head := table.Row{"", ""}
	head[0] = rows[0].Partition.Grain()
	for _, name := range slices.Concat(sources, []string{""}, models) {
		head = append(head, strings.ReplaceAll(name, "_", "\n"))
	}
	t.AppendHeader(head)
	var configs []table.ColumnConfig
	for i := 3; i <= len(head); i++ {
		configs = append(configs, table.ColumnConfig{Number: i, Align: text.AlignCenter, AlignHeader: text.AlignCenter, VAlignHeader: text.VAlignBottom})
	}
	t.SetColumnConfigs(append(configs, table.ColumnConfig{Number: 1, VAlignHeader: text.VAlignBottom}))
	for _, group := range groups(rows) {
		first, last := group[0], group[len(group)-1]
		cells := table.Row{first.Partition, ""}
		if len(group) > 1 {
			cells[1] = fmt.Sprintf("to %s (%d)", last.Partition, len(group))
		}
		for _, name := range sources {
			cells = append(cells, p.mark(first.Sources[name]))
		}
		cells = append(cells, "")
		for _, name := range models {
			cells = append(cells, p.mark(first.Models[name]))
		}
		t.AppendRow(cells)
	}
	lines := strings.Split(t.Render(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// plainStyle has no lines and no capitals.
var plainStyle = table.Style{Box: table.BoxStyle{PaddingLeft: "", PaddingRight: "  ", MiddleVertical: ""}}

// columns are the sources and the models that any of the rows speaks of.
func columns(rows []row) (sources, models []string) {
	in, of := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		for name := range r.Sources {
			in[name] = true
		}
		for name := range r.Models {
			of[name] = true
		}
	}
	return slices.Sorted(maps.Keys(in)), slices.Sorted(maps.Keys(of))
}

// groups are the rows one by one, or neighbours that are alike together when there are many.
func groups(rows []row) (list [][]row) {
	for _, r := range rows {
		if n := len(list); n > 0 && len(rows) > manyRows && alike(list[n-1][0], r) {
			list[n-1] = append(list[n-1], r)
			continue
		}
		list = append(list, []row{r})
	}
	return list
}

func alike(a, b row) bool { return maps.Equal(a.Sources, b.Sources) && maps.Equal(a.Models, b.Models) }

// span is a thing that is missing for several partitions in a row, for one reason.
type span struct {
	item
	last  partition.Partition
	count int
}

// spans puts together what is missing for neighbouring partitions for the same reason.
func spans(missing []item) (list []span) {
	sorted := slices.Clone(missing)
	slices.SortStableFunc(sorted, func(a, b item) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Reason, b.Reason),
			a.Partition.Compare(b.Partition))
	})
	for _, it := range sorted {
		if n := len(list); n > 0 {
			s := &list[n-1]
			same := s.Source == it.Source && s.Model == it.Model && s.Reason == it.Reason && s.Cure == it.Cure
			if same && (s.last == it.Partition || s.last.Add(1) == it.Partition) {
				if s.last != it.Partition {
					s.last = it.Partition
					s.count++
				}
				continue
			}
		}
		list = append(list, span{it, it.Partition, 1})
	}
	return list
}

// String is "kit 2026-11-20 to 2026-11-21: reason; to mend it: cure".
func (s span) String() string {
	var b strings.Builder
	b.WriteString(cmp.Or(s.Model, s.Source, "nobody"))
	if !s.Partition.IsZero() {
		fmt.Fprintf(&b, " %s", s.Partition)
	}
	if s.count > 1 {
		fmt.Fprintf(&b, " to %s", s.last)
	}
	fmt.Fprintf(&b, ": %s", s.Reason)
	if s.Cure != "" {
		fmt.Fprintf(&b, "; to mend it: %s", s.Cure)
	}
	return b.String()
}
