package viewaudit

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	prettytext "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/scripts/internal/diag"
)

// Report is the result of an audit.
type Report struct {
	Result   *Result
	Plan     *Plan
	Findings diag.List // about what could not be read
	Written  string    // the folder to which the models were written; empty: none
}

// Text writes the report for a terminal.
func (r *Report) Text(out io.Writer) error {
	w := &writer{out: out}
	views, models := count(len(r.Plan.Placements), "view"), count(len(r.Plan.Models), "model")
	rest := ""
	if len(r.Findings) > 0 {
		rest = fmt.Sprintf(" %s could not be read; see the end.", count(len(r.Findings), "statement"))
	}
	w.line("%s; %s proposed.%s", views, models, rest)
	w.line("")
	r.views(w)
	r.chains(w)
	r.similar(w)
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

// reportWidth is the width of the lines of text.
const reportWidth = 110

// wrapped writes a text in lines. Those after the first are indented.
func (w *writer) wrapped(indent, text string) {
	line := text[:len(text)-len(strings.TrimLeft(text, " "))]
	if line == "" {
		line = indent
	}
	for i, word := range strings.Fields(text) {
		if i > 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > reportWidth {
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

func (r *Report) views(w *writer) {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Header = prettytext.FormatDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.SetStyle(style)
	t.AppendHeader(table.Row{"view", "reads", "columns", "verdict", "goes into"})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, Align: prettytext.AlignRight}})
	for _, f := range r.Plan.Placements {
		t.AppendRow(table.Row{f.View.Title(), reads(f.View), len(f.View.Columns), verdict(f), goesInto(f)})
	}
	for line := range strings.SplitSeq(t.Render(), "\n") {
		w.line("%s", line)
	}
}

// reads returns the names of the tables and views that a view reads, each once.
func reads(v *View) string {
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

// verdict describes how a view relates to others.
func verdict(f *Placement) string {
	switch f.Kind {
	case Same:
		return "the same as " + f.Of.View.Title()
	case Contained:
		if slices.Contains(f.Of.View.MadeFrom, f.View.Title()) {
			return "the same rows as " + others(f)
		}
		return "contained in " + f.Of.View.Title()
	case Inlined:
		return "trivial, and read by views only"
	case PassThrough:
		return "returns a table unchanged"
	}
	if f.Model != nil && f.Model.Existing {
		return "already in the model " + f.Model.Name
	}
	if f.View.Opaque != "" {
		return "not compared: it has " + f.View.Opaque
	}
	if len(f.Similar) > 0 {
		return "similar to " + f.Similar[0].View.Title()
	}
	return "independent"
}

// others returns the other views that a widened view combines.
func others(f *Placement) string {
	isThis := func(title string) bool { return title == f.View.Title() }
	names := slices.DeleteFunc(slices.Clone(f.Of.View.MadeFrom), isThis)
	return strings.Join(names, ",\n")
}

// goesInto returns where a view's rows are in the proposal.
func goesInto(f *Placement) string {
	switch {
	case f.Model != nil:
		return f.Model.Table()
	case f.Kind == PassThrough:
		return f.Table + " itself"
	}
	var names []string
	for _, v := range f.Readers {
		names = append(names, v.Title())
	}
	return "its readers:\n" + strings.Join(names, "\n")
}

// chains writes the views that read views, as trees.
func (r *Report) chains(w *writer) {
	read := map[*View]bool{}
	for _, v := range r.Result.Views {
		for _, in := range v.Reads {
			if in.View != nil && v.MadeFrom == nil {
				read[in.View] = true
			}
		}
	}
	started := false
	for _, v := range r.Result.Views {
		if read[v] || v.MadeFrom != nil || !chained(v) {
			continue
		}
		if !started {
			w.heading("views that read views")
			started = true
		}
		w.line("  %s", v.Title())
		branches(w, v, "  ")
	}
}

func chained(v *View) bool {
	return slices.ContainsFunc(v.Reads, func(in Read) bool { return in.View != nil })
}

func branches(w *writer, v *View, indent string) {
	var list []Read
	seen := map[*Table]bool{}
	for _, in := range v.Reads {
		if !seen[in.Table] {
			seen[in.Table] = true
			list = append(list, in)
		}
	}
	for i, in := range list {
		branch, below := "├─ ", "│  "
		if i == len(list)-1 {
			branch, below = "└─ ", "   "
		}
		if in.View == nil {
			w.line("%s%s%s", indent, branch, in.Table.Name)
			continue
		}
		w.line("%s%s%s", indent, branch, in.View.Title())
		branches(w, in.View, indent+below)
	}
}

// Limits on what is written about each view; --json has everything.
const (
	maxSimilar     = 3
	maxDifferences = 6
)

// similar writes how similar views differ.
func (r *Report) similar(w *writer) {
	written := map[[2]string]bool{}
	for _, f := range r.Plan.Placements {
		for i, n := range f.Similar {
			if i == maxSimilar {
				break
			}
			a, b := f.View.Title(), n.View.Title()
			if written[[2]string{b, a}] {
				continue
			}
			if len(written) == 0 {
				w.heading("similar, but not proved to be the same")
			}
			written[[2]string{a, b}] = true
			w.line("  this, %s, and the other, %s", a, b)
			for i, d := range n.Differences {
				if i == maxDifferences {
					w.line("    and %d more", len(n.Differences)-i)
					break
				}
				w.wrapped("      ", "    "+d)
			}
		}
	}
}

func (r *Report) models(w *writer) {
	if !slices.ContainsFunc(r.Plan.Placements, func(f *Placement) bool { return f.Model != nil }) {
		return
	}
	w.heading("proposed models")
	w.wrapped("  ", "A model's partition holds what the view showed on the morning after its day or month was "+
		"over: CURRENT_DATE() is @partition_end. Each run replaces a table model completely.")
	written := map[string]bool{}
	for _, f := range r.Plan.Placements {
		if f.Model == nil || !f.Model.Existing {
			continue
		}
		if !written[f.Model.Name] {
			written[f.Model.Name] = true
			w.line("")
			w.line("  coordinator/models/%s.sql  exists already", f.Model.Name)
		}
		w.wrapped("      ", "    for "+f.View.Title()+": "+f.Query)
	}
	for _, m := range r.Plan.Models {
		how := "a table, replaced " + string(m.Grain)
		if m.Incremental() {
			how = fmt.Sprintf("incremental, %s, by %s", m.Grain, m.PartitionBy)
		}
		w.line("")
		w.line("  %s.sql  %s", m.Name, how)
		if len(m.UniqueKey) > 0 {
			w.line("    one row per %s", strings.Join(m.UniqueKey, ", "))
		}
		for _, in := range m.listed() {
			w.line("    %s: %s", in.Table, mappingText(in))
		}
		for _, f := range r.Plan.Placements {
			if f.Model == m && f.Whole() {
				w.line("    for %s", f.View.Title())
			} else if f.Model == m {
				w.wrapped("      ", "    for "+f.View.Title()+": "+f.Query)
			}
		}
	}
}

// decisions writes what was changed, and then what a person needs to decide.
func (r *Report) decisions(w *writer) {
	for _, section := range []struct {
		title  string
		decide bool
	}{{"where the models differ from the views", false}, {"what you need to decide", true}} {
		started := false
		say := func(place, text string) {
			if !started {
				w.heading(section.title)
				started = true
			}
			w.line("  %s", place)
			w.wrapped("    ", "    "+text)
		}
		for _, m := range r.Plan.Models {
			for _, n := range m.Notes {
				if n.Decide == section.decide {
					say(fmt.Sprintf("%s:%d:%d, in %s", n.File, n.Pos.Line, n.Pos.Col, m.Name), n.Text)
				}
			}
			for _, f := range m.Findings {
				if section.decide {
					say(m.Name+".sql does not compile yet", f)
				}
			}
		}
		if !section.decide {
			continue
		}
		for _, s := range r.Result.Shared {
			say(fmt.Sprintf("%s:%d:%d", s.File, s.Pos.Line, s.Pos.Col), s.text())
		}
		for _, t := range r.Result.Guesses() {
			text := "Its columns are guessed from the views: " + cmp.Or(t.Sketch(), "none") + "."
			if t.Like != "" {
				text += fmt.Sprintf(" Case counts in names of tables: if it is %s, pass --map %s=%[1]s.", t.Like, t.Name)
			}
			say(t.Name, text)
		}
		for _, f := range r.Plan.Placements {
			switch f.Kind {
			case Inlined:
				say(f.View.Title(),
					"In these files, only views read it, so it is inlined. If a dashboard reads it, keep it.")
			case PassThrough:
				say(f.View.Title(), "It is the same as "+f.Table+": read that.")
			}
		}
	}
}

func (r *Report) unread(w *writer) {
	if len(r.Findings) == 0 {
		return
	}
	w.heading("not read")
	for line := range strings.SplitSeq(r.Findings.Error(), "\n") {
		w.wrapped("    ", "  "+line)
	}
}

// next writes what to do with the proposal.
func (r *Report) next(w *writer) {
	if len(r.Plan.Models) == 0 {
		return
	}
	w.line("")
	if r.Written == "" {
		w.line("No files are written; --write DIR writes the models.")
		return
	}
	w.line("Wrote %s to %s. Review them and move them to coordinator/models; "+
		"go generate ./coordinator/models checks them.", count(len(r.Plan.Models), "model"), r.Written)
}
