package term

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/shared/partition"
)

// State is a state of package explain, or one of a command's own.
type State = explain.State

// Mark is how a state is drawn.
type Mark struct {
	State  State
	Symbol string
	Colour text.Color
}

// Marks are a grid's states, in the order of its legend. A state that has none is left blank.
type Marks []Mark

func (m Marks) draw(s State, p Paint) string {
	for _, mark := range m {
		if mark.State == s {
			return p.In(mark.Colour, mark.Symbol)
		}
	}
	return ""
}

// Row is one partition of a grid.
type Row = explain.Row

// manyRows is how many rows of one grain are shown in full; of more, neighbours that are alike share a row.
const manyRows = 40

// WriteGrid draws the partitions, days and months apart, with the sources and then the models of each grain. On a terminal of
// so many columns that it does not fit, its columns stand closer; 0: it is no terminal.
func WriteGrid(out io.Writer, rows []Row, marks Marks, p Paint, width int) {
	for _, g := range []partition.Grain{partition.Monthly, partition.Daily} {
		var own []Row
		for _, r := range rows {
			if r.Partition.Grain() == g {
				own = append(own, r)
			}
		}
		if len(own) > 0 {
			grid := drawGrain(own, marks, p, Plain)
			if width > 0 && text.LongestLineLen(grid) > width {
				grid = drawGrain(own, marks, p, narrow)
			}
			fmt.Fprintln(out, grid)
			fmt.Fprintln(out)
		}
	}
	var legend []string
	for _, m := range marks {
		legend = append(legend, p.In(m.Colour, m.Symbol)+" "+strings.ReplaceAll(string(m.State), "_", " "))
	}
	fmt.Fprintf(out, "%s; blank: not expected\n", strings.Join(legend, "  "))
}

func drawGrain(rows []Row, marks Marks, p Paint, style table.Style) string {
	sources, models := columns(rows)
	t := table.NewWriter()
	t.SetStyle(style)
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
			cells = append(cells, marks.draw(first.Sources[name], p))
		}
		cells = append(cells, "")
		for _, name := range models {
			cells = append(cells, marks.draw(first.Models[name], p))
		}
		t.AppendRow(cells)
	}
	return Table(t)
}

// narrow is Plain with its columns closer.
var narrow = table.Style{Box: table.BoxStyle{PaddingLeft: "", PaddingRight: " ", MiddleVertical: ""}}

// columns are the sources and the models that any of the rows speaks of.
func columns(rows []Row) (sources, models []string) {
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
func groups(rows []Row) (list [][]Row) {
	for _, r := range rows {
		if n := len(list); n > 0 && len(rows) > manyRows && alike(list[n-1][0], r) {
			list[n-1] = append(list[n-1], r)
			continue
		}
		list = append(list, []Row{r})
	}
	return list
}

func alike(a, b Row) bool { return maps.Equal(a.Sources, b.Sources) && maps.Equal(a.Models, b.Models) }
