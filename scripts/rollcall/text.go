package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	ink "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/scripts/internal/status/standing"
	"example.com/rollcall/scripts/internal/term"
)

// text tells things to a person, in a time zone.
type text struct {
	system
	zone *time.Location
	now  time.Time
}

var marks = term.Marks{
	{State: standing.Arrived, Symbol: "✓", Colour: ink.FgGreen},
	{State: standing.UpToDate, Symbol: "●", Colour: ink.FgGreen},
	{State: standing.Waiting, Symbol: "·", Colour: ink.FgYellow},
	{State: standing.Ready, Symbol: "◌", Colour: ink.FgYellow},
	{State: standing.Running, Symbol: "◐", Colour: ink.FgCyan},
	{State: standing.Held, Symbol: "‖", Colour: ink.FgCyan},
	{State: standing.Overdue, Symbol: "!", Colour: ink.FgRed},
	{State: standing.Failed, Symbol: "✗", Colour: ink.FgRed},
	{State: standing.AuditFailed, Symbol: "≠", Colour: ink.FgRed},
}

func (t text) say(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

func (t text) clock(at time.Time) string { return standing.Clock(at, t.now, t.zone) }

func (t text) faint(s string) string { return t.paint.In(ink.Faint, s) }

// paragraph says something on lines that are no longer than the terminal is wide, each after the indent and in the colour.
func (t text) paragraph(indent, words string, colour ...ink.Color) {
	for _, line := range t.wrap(words, len(indent)) {
		for _, c := range colour {
			line = t.paint.In(c, line)
		}
		t.say("%s%s", indent, line)
	}
}

// wrap breaks words into lines that leave room for an indent.
func (t text) wrap(words string, indent int) []string {
	width := t.width
	if width == 0 || width > maxWidth {
		width = maxWidth
	}
	lines := strings.Split(ink.WrapSoft(words, max(width-indent, 20)), "\n")
	for n := range lines {
		lines[n] = strings.TrimRight(lines[n], " ")
	}
	return lines
}

// maxWidth is how long a line of words is at most, as far as a person reads it with ease.
const maxWidth = 120

func (t text) heading(what, site string) {
	t.say("%s at %s, on %s %s\n", t.paint.In(ink.Bold, what), site, t.clock(t.now), t.now.In(t.zone).Format("MST"))
}

func (t text) overview(o standing.Overview) {
	t.heading("How everything stands", o.Site)
	term.WriteGrid(t.out, o.Rows, seen(o.Rows), t.paint, t.width)
	for _, p := range o.Problems {
		t.say("")
		name, when := cmp.Or(p.Model, p.Source), p.Partition.String()
		if p.Through != p.Partition {
			when += " to " + p.Through.String()
		}
		who := name + " " + when
		lines := t.wrap(who+": "+p.Reason, 0)
		if rest, ok := strings.CutPrefix(lines[0], who); ok {
			lines[0] = t.paint.In(ink.Bold, who) + rest
		}
		t.say("%s", strings.Join(lines, "\n"))
		t.because("", p.Hint, p.Blocks)
	}
}

// seen are the marks of the states that any of the rows is in, and of the good ones.
func seen(rows []term.Row) (list term.Marks) {
	in := map[term.State]bool{standing.Arrived: true, standing.UpToDate: true}
	for _, row := range rows {
		for _, states := range []map[string]term.State{row.Sources, row.Models} {
			for _, s := range states {
				in[s] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(marks), func(m term.Mark) bool { return !in[m.State] })
}

// partition tells one partition in full.
func (t text) partition(p standing.Partition) {
	t.heading(p.Partition.String(), p.Site)
	for _, s := range p.Sources {
		t.source(s)
	}
	for _, m := range p.Models {
		t.model(m)
	}
	if !p.Complete {
		return
	}
	t.say("Everything that is expected is there.")
}

// title is the first line of a source or a model: its mark, its name, how it stands.
func (t text) title(s term.State, name, how string) {
	for _, m := range marks {
		if m.State == s {
			t.say("%s %s  %s", t.paint.In(m.Colour, m.Symbol), t.paint.In(ink.Bold, name), t.paint.In(m.Colour, how))
			return
		}
	}
	t.say("  %s  %s", t.paint.In(ink.Bold, name), how)
}

func words(s term.State) string { return strings.ReplaceAll(string(s), "_", " ") }

func (t text) source(s standing.Source) {
	how := words(s.State)
	if s.State == standing.Arrived {
		how = fmt.Sprintf("arrived %s, due by %s", t.clock(*s.Arrived), t.clock(s.Due))
	}
	t.title(s.State, s.Name, how)
	rows := t.table()
	for _, tab := range s.Tables {
		if tab.Newest == nil {
			rows.AppendRow(table.Row{tab.Table, words(tab.State)})
			continue
		}
		note := ""
		switch {
		case tab.Versions > 1:
			note = fmt.Sprintf("%d loads, version %d", tab.Loads, tab.Versions)
		case tab.Loads > 1:
			note = fmt.Sprintf("%d loads, same rows", tab.Loads)
		}
		rows.AppendRow(table.Row{tab.Table, t.clock(tab.Newest.LoadedAt), standing.Rows(tab.Newest.Rows), short(tab.Newest.Digest.String()), note})
	}
	t.indented(rows, 3)
	t.because(s.Reason, s.Hint, s.Blocks)
	t.say("")
}

// because says why something is not as it should be, who waits for it, and what to do. A hint is not broken into lines: it may
// hold a command, to be copied.
func (t text) because(reason, hint string, blocks []string) {
	if reason != "" {
		t.paragraph("  ", reason)
	}
	if len(blocks) > 0 {
		t.paragraph("  ", "waiting for it: "+strings.Join(blocks, ", "))
	}
	if hint != "" {
		t.say("  fix: %s", hint)
	}
}

// table is a plain table, to be shown indented.
func (t text) table() table.Writer {
	w := table.NewWriter()
	w.SetStyle(term.Plain)
	return w
}

// indented shows a table whose column of that number is of figures.
func (t text) indented(w table.Writer, figures int) {
	if w.Length() == 0 {
		return
	}
	w.SetColumnConfigs([]table.ColumnConfig{{Number: figures, Align: ink.AlignRight}})
	for _, line := range strings.Split(w.Render(), "\n") {
		t.say("  %s", strings.TrimRight(line, " "))
	}
}
