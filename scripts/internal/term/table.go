package term

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// plain is a style without lines and capitals.
var plain = table.Style{Box: table.BoxStyle{PaddingLeft: "", PaddingRight: "  ", MiddleVertical: ""}}

// Table is a table without lines. Each cell is shown as Sprintf shows a value.
type Table struct {
	table   table.Writer
	configs []table.ColumnConfig
}

// NewTable returns a table without rows.
func NewTable() *Table {
	t := &Table{table: table.NewWriter()}
	t.table.SetStyle(plain)
	return t
}

// SkipEmpty leaves out columns without any content below their names.
func (t *Table) SkipEmpty() { t.table.SuppressEmptyColumns() }

// Right aligns a column to the right, counted from 1.
func (t *Table) Right(column int) {
	t.configs = append(t.configs, table.ColumnConfig{Number: column, Align: text.AlignRight, AlignHeader: text.AlignRight})
	t.table.SetColumnConfigs(t.configs)
}

// Head adds the names of the columns.
func (t *Table) Head(cells ...any) { t.table.AppendHeader(row(cells)) }

// Row adds a row.
func (t *Table) Row(cells ...any) { t.table.AppendRow(row(cells)) }

func row(cells []any) (shown table.Row) {
	for _, cell := range cells {
		shown = append(shown, show(cell))
	}
	return shown
}

// Text returns the table, without spaces at the ends of lines.
func (t *Table) Text() Text { return render(t.table) }

func render(t table.Writer) Text {
	lines := strings.Split(t.Render(), "\n")
	for n, l := range lines {
		lines[n] = strings.TrimRight(l, " ")
	}
	return Text{strings.Join(lines, "\n")}
}
