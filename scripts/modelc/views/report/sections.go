package report

import (
	"fmt"
	"strings"

	"example.com/rollcall/scripts/modelc/views/propose"
	"example.com/rollcall/scripts/modelc/views/resolve"
)

// chains are the views that read views, as trees.
func (r *Report) chains(w *writer) {
	read := map[*resolve.View]bool{}
	for _, v := range r.Result.Views {
		for _, in := range v.Reads {
			if in.View != nil {
				read[in.View] = true
			}
		}
	}
	said := false
	for _, v := range r.Result.Views {
		if read[v] || !chained(v) {
			continue
		}
		if !said {
			w.heading("views that read views")
			said = true
		}
		w.line("  %s", v.Title())
		branches(w, v, "  ")
	}
}

func chained(v *resolve.View) bool {
	for _, in := range v.Reads {
		if in.View != nil {
			return true
		}
	}
	return false
}

func branches(w *writer, v *resolve.View, indent string) {
	var list []resolve.Read
	seen := map[*resolve.Table]bool{}
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

// near tells of alike views what differs.
func (r *Report) near(w *writer) {
	said := map[[2]string]bool{}
	for _, f := range r.Plan.Fates {
		for _, n := range f.Near {
			a, b := f.View.Title(), n.View.Title()
			if said[[2]string{b, a}] {
				continue
			}
			if len(said) == 0 {
				w.heading("alike, but not proved to be the same")
			}
			said[[2]string{a, b}] = true
			w.line("  %s and %s", a, b)
			for i, d := range n.Differences {
				if i == 6 {
					w.line("    and %d more", len(n.Differences)-i)
					break
				}
				w.line("    %s", d)
			}
		}
	}
}

// models are the proposal.
func (r *Report) models(w *writer) {
	if len(r.Plan.Models) == 0 {
		return
	}
	w.heading("the proposal")
	for _, m := range r.Plan.Models {
		how := "a table, replaced " + string(m.Grain)
		if m.Incremental() {
			how = fmt.Sprintf("incremental, %s, by %s", m.Grain, m.PartitionBy)
		}
		w.line("  %s.sql  %s", m.Name, how)
		if len(m.UniqueKey) > 0 {
			w.line("    one row per %s", strings.Join(m.UniqueKey, ", "))
		}
		for _, in := range m.Inputs {
			w.line("    %s by %s", in.Table, strings.Join(in.Mappings, ", "))
		}
		w.line("    instead of %s", strings.Join(m.Replaces, ", "))
		for _, f := range r.Plan.Fates {
			if f.Model == m && f.Query != "" {
				w.line("      %s is %s", f.View.Title(), f.Query)
			}
		}
	}
}

// decisions tell what was done, and then what a person has to decide.
func (r *Report) decisions(w *writer) {
	for _, section := range []struct {
		title  string
		decide bool
	}{{"what the models do otherwise", false}, {"what you have to decide", true}} {
		said := false
		say := func(format string, args ...any) {
			if !said {
				w.heading(section.title)
				said = true
			}
			w.line("  "+format, args...)
		}
		for _, m := range r.Plan.Models {
			for _, n := range m.Notes {
				if n.Decide == section.decide {
					say("%s:%d:%d: %s: %s", n.File, n.Pos.Line, n.Pos.Col, m.Name, n.Text)
				}
			}
			for _, f := range m.Faults {
				if section.decide {
					say("%s: %s.sql does not compile as it stands: %s", m.View.File, m.Name, f)
				}
			}
		}
		if !section.decide {
			continue
		}
		for _, t := range r.Result.Guesses() {
			say("%s: its columns are guessed from the views: %s", t.Name, orNone(t.Sketch()))
		}
		for _, f := range r.Plan.Fates {
			switch f.Kind {
			case propose.Inlined:
				say("%s: only views seem to read it; if a dashboard does, keep the view, or make it a model", f.View.Title())
			case propose.Through:
				say("%s: read %s itself where it was read", f.View.Title(), f.Table)
			}
		}
	}
}

func orNone(s string) string {
	if s == "" {
		return "none is named"
	}
	return s
}

func (r *Report) unread(w *writer) {
	if len(r.Faults) == 0 {
		return
	}
	w.heading("not read")
	for _, line := range strings.Split(r.Faults.Error(), "\n") {
		w.line("  %s", line)
	}
}

// next says what to do with the proposal.
func (r *Report) next(w *writer) {
	if len(r.Plan.Models) == 0 {
		return
	}
	w.line("")
	if r.Written == "" {
		w.line("Write the models with --write DIR, read them, move them to coordinator/models, and run go generate ./coordinator/models.")
		return
	}
	w.line("Written to %s: %s. Read them, move them to coordinator/models, and run go generate ./coordinator/models.",
		r.Written, count(len(r.Plan.Models), "model"))
}
