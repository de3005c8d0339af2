// Package report tells a person, or a program, what became of their views.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/viewaudit/propose"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
)

// Report is what was found.
type Report struct {
	Result  *resolve.Result
	Plan    *propose.Plan
	Faults  diag.List // of what could not be read
	Found   int       // views that were read, whether understood or not
	Written string    // the folder that the models were written into; empty: none
}

// Text writes the report for a terminal.
func (r *Report) Text(out io.Writer) error {
	w := &writer{out: out}
	w.line("%s, %s instead.%s", count(len(r.Plan.Fates), "view"), count(len(r.Plan.Models), "model"), r.rest())
	w.line("")
	r.views(w)
	r.chains(w)
	r.near(w)
	r.models(w)
	r.decisions(w)
	r.unread(w)
	r.next(w)
	return w.err
}

type writer struct {
	out io.Writer
	err error
}

func (w *writer) line(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintln(w.out, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}

func (w *writer) heading(text string) {
	w.line("")
	w.line("%s", strings.ToUpper(text))
}

// width is where lines of text break.
const width = 110

// wrapped writes a text in lines; those after the first are indented.
func (w *writer) wrapped(indent, text string) {
	line := text[:len(text)-len(strings.TrimLeft(text, " "))]
	if line == "" {
		line = indent
	}
	for i, word := range strings.Fields(text) {
		if i > 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			w.line("%s", line)
			line = indent
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	w.line("%s", line)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (r *Report) rest() string {
	if len(r.Faults) == 0 {
		return ""
	}
	return fmt.Sprintf(" %s could not be read: see the end.", count(len(r.Faults), "statement"))
}

// views is the table of views.
func (r *Report) views(w *writer) {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = text.FormatDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.SetStyle(style)
	t.AppendHeader(table.Row{"view", "reads", "columns", "verdict", "goes into"})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, Align: text.AlignRight}})
	for _, f := range r.Plan.Fates {
		t.AppendRow(table.Row{f.View.Title(), reads(f.View), len(f.View.Columns), Verdict(f), Goes(f)})
	}
	for _, line := range strings.Split(t.Render(), "\n") {
		w.line("%s", line)
	}
}

// reads are the names of what a view reads, each once.
func reads(v *resolve.View) string {
	var names []string
	for _, in := range v.Reads {
		name := in.Table.Name
		if in.View != nil {
			name = in.View.Title()
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, "\n")
}

// Verdict is a view's verdict in words.
func Verdict(f *propose.Fate) string {
	switch f.Kind {
	case propose.Same:
		return "the same as " + f.Of.View.Title()
	case propose.Contained:
		if slices.Contains(f.Of.View.Made, f.View.Title()) {
			return "the same rows as " + others(f)
		}
		return "contained in " + f.Of.View.Title()
	case propose.Inlined:
		return "read by views alone, and does little"
	case propose.Through:
		return "hands on a table as it is"
	}
	if f.Model != nil && f.Model.Stands {
		return "the model " + f.Model.Name + " has it"
	}
	if f.View.Opaque != "" {
		return "not compared, for it has " + f.View.Opaque
	}
	if len(f.Near) > 0 {
		return "alike " + f.Near[0].View.Title()
	}
	return "on its own"
}

// others are the views that a widened view was made of beside this one.
func others(f *propose.Fate) string {
	names := slices.DeleteFunc(slices.Clone(f.Of.View.Made), func(title string) bool { return title == f.View.Title() })
	return strings.Join(names, ",\n")
}

// Goes is where a view's rows are in the proposal.
func Goes(f *propose.Fate) string {
	switch {
	case f.Model != nil:
		return f.Model.Table()
	case f.Kind == propose.Through:
		return f.Table + " itself"
	}
	var names []string
	for _, v := range f.Readers {
		names = append(names, v.Title())
	}
	return "its readers:\n" + strings.Join(names, "\n")
}
