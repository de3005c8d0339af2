package term

import (
	"fmt"
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

// Mark says how a state is drawn.
type Mark struct {
	State  State
	Symbol string
	Colour text.Color
}

// Marks lists a grid's states in the order of its legend. A state without a mark is left blank.
type Marks []Mark

func (m Marks) draw(s State, p Paint) Text {
	for _, mark := range m {
		if mark.State == s {
			return p.In(mark.Colour, mark.Symbol)
		}
	}
	return Text{}
}

// Row is one partition of a grid.
type Row = explain.Row

// manyRows is how many rows of one grain are shown in full; of more, neighbours that are alike share a row.
const manyRows = 40

// WriteGrid draws the partitions, months and days apart, with the sources and then the models of each grain.
// width is that of the terminal in columns; 0: there is none. A grid that is too wide is drawn closer, and then
// in several parts below each other, because a terminal would break its lines inside words.
func WriteGrid(out *Output, rows []Row, marks Marks, p Paint, width int) {
	for _, g := range []partition.Grain{partition.Monthly, partition.Daily} {
		var own []Row
		for _, r := range rows {
			if r.Partition.Grain() == g {
				own = append(own, r)
			}
		}
		for _, part := range drawGrain(own, marks, p, width) {
			out.Say("%s\n", part)
		}
	}
	writeLegend(out, marks, p, width)
}

// writeLegend explains the marks, in as many lines as they need.
func writeLegend(out *Output, marks Marks, p Paint, width int) {
	const last = "blank: not expected"
	var line []string
	used := 0
	for i, m := range marks {
		state := strings.ReplaceAll(string(m.State), "_", " ")
		long := text.StringWidth(m.Symbol+" "+state) + len("  ")
		if i == len(marks)-1 {
			long += len(last)
		}
		if width > 0 && line != nil && used+long > width {
			out.Say("%s", Lines(strings.Join(line, "  ")))
			line, used = nil, 0
		}
		used += long
		line = append(line, Sprintf("%s %s", p.In(m.Colour, m.Symbol), state).String())
	}
	out.Say("%s; %s", Lines(strings.Join(line, "  ")), last)
}

// drawGrain draws the rows of one grain, in one part if that fits.
func drawGrain(rows []Row, marks Marks, p Paint, width int) (parts []Text) {
	fits := func(grid Text) bool { return width == 0 || text.LongestLineLen(grid.shown) <= width }
	all := columns(rows)
	if grid := drawColumns(rows, all, marks, p, plain); fits(grid) && len(all) > 0 {
		return []Text{grid}
	}
	for len(all) > 0 {
		n := len(all)
		grid := drawColumns(rows, all, marks, p, narrow)
		for n > 1 && !fits(grid) {
			n--
			grid = drawColumns(rows, all[:n], marks, p, narrow)
		}
		parts, all = append(parts, grid), all[n:]
	}
	return parts
}

// narrow is plain with its columns closer.
var narrow = table.Style{Box: table.BoxStyle{PaddingLeft: "", PaddingRight: " ", MiddleVertical: ""}}

func drawColumns(rows []Row, columns []column, marks Marks, p Paint, style table.Style) Text {
	if len(columns) == 0 {
		return Text{}
	}
	t := table.NewWriter()
	t.SetStyle(style)
	head := table.Row{rows[0].Partition.Grain(), ""}
	configs := []table.ColumnConfig{{Number: 1, VAlignHeader: text.VAlignBottom}}
	for _, c := range columns {
		head = append(head, Column(strings.Split(c.name, "_")).shown)
		configs = append(configs, table.ColumnConfig{Number: len(head), Align: text.AlignCenter,
			AlignHeader: text.AlignCenter, VAlignHeader: text.VAlignBottom})
	}
	t.AppendHeader(head)
	t.SetColumnConfigs(configs)
	for _, group := range groups(rows) {
		first, last := group[0], group[len(group)-1]
		cells := table.Row{first.Partition, ""}
		if len(group) > 1 {
			cells[1] = fmt.Sprintf("to %s (%d)", last.Partition, len(group))
		}
		for _, c := range columns {
			cells = append(cells, marks.draw(c.state(first), p).shown)
		}
		t.AppendRow(cells)
	}
	return render(t)
}

// column is a source or a model; one without a name separates them.
type column struct {
	name  string
	model bool
}

func (c column) state(r Row) State {
	if c.model {
		return r.Models[c.name]
	}
	return r.Sources[c.name]
}

// columns returns the sources and then the models that are in any of the rows.
func columns(rows []Row) (list []column) {
	sources, models := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		for name := range r.Sources {
			sources[name] = true
		}
		for name := range r.Models {
			models[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		list = append(list, column{name, false})
	}
	if len(list)+len(models) > 0 {
		list = append(list, column{})
	}
	for _, name := range slices.Sorted(maps.Keys(models)) {
		list = append(list, column{name, true})
	}
	return list
}

// groups returns each row by itself or, when there are many, equal neighbours together.
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
