package report

import (
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/viewaudit/propose"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
)

// chains are the views that read views, as trees.
func (r *Report) chains(w *writer) {
	read := map[*resolve.View]bool{}
	for _, v := range r.Result.Views {
		for _, in := range v.Reads {
			if in.View != nil && v.Made == nil {
				read[in.View] = true
			}
		}
	}
	said := false
	for _, v := range r.Result.Views {
		if read[v] || v.Made != nil || !chained(v) {
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

// At most this much is told of each view; --json has all.
const (
	maxNear        = 3
	maxDifferences = 6
)

// near tells of alike views what differs.
func (r *Report) near(w *writer) {
	said := map[[2]string]bool{}
	for _, f := range r.Plan.Fates {
		for i, n := range f.Near {
			if i == maxNear {
				break
			}
			a, b := f.View.Title(), n.View.Title()
			if said[[2]string{b, a}] {
				continue
			}
			if len(said) == 0 {
				w.heading("alike, but not proved to be the same")
			}
			said[[2]string{a, b}] = true
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

// models are the proposal.
func (r *Report) models(w *writer) {
	if !slices.ContainsFunc(r.Plan.Fates, func(f *propose.Fate) bool { return f.Model != nil }) {
		return
	}
	w.heading("the proposal")
	w.wrapped("  ", "A model's partition holds what the view showed on the morning after it, when its day or month was over: "+
		"CURRENT_DATE() is @partition_end. A table is replaced by each run.")
	said := map[string]bool{}
	for _, f := range r.Plan.Fates {
		if f.Model == nil || !f.Model.Stands {
			continue
		}
		if !said[f.Model.Name] {
			said[f.Model.Name] = true
			w.line("")
			w.line("  coordinator/models/%s.sql  stands already", f.Model.Name)
		}
		w.wrapped("      ", "    for "+f.View.Title()+": "+f.Query)
	}
	for _, m := range r.Plan.Models {
		how := "a table, made " + string(m.Grain)
		if m.Incremental() {
			how = fmt.Sprintf("incremental, %s, by %s", m.Grain, m.PartitionBy)
		}
		w.line("")
		w.line("  %s.sql  %s", m.Name, how)
		if len(m.UniqueKey) > 0 {
			w.line("    one row per %s", strings.Join(m.UniqueKey, ", "))
		}
		for _, in := range m.Inputs {
			w.line("    %s: %s", in.Table, strings.Join(in.Mappings, ", "))
		}
		for _, f := range r.Plan.Fates {
			if f.Model == m && f.Whole() {
				w.line("    for %s", f.View.Title())
			} else if f.Model == m {
				w.wrapped("      ", "    for "+f.View.Title()+": "+f.Query)
			}
		}
	}
}

// decisions tell what was done, and then what a person has to decide.
func (r *Report) decisions(w *writer) {
	for _, section := range []struct {
		title  string
		decide bool
	}{{"where the models differ from the views", false}, {"what you have to decide", true}} {
		said := false
		say := func(place, text string) {
			if !said {
				w.heading(section.title)
				said = true
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
			for _, f := range m.Faults {
				if section.decide {
					say(m.Name+".sql does not compile as it stands", f)
				}
			}
		}
		if !section.decide {
			continue
		}
		for _, t := range r.Result.Guesses() {
			say(t.Name, "Its columns are guessed from the views: "+orNone(t.Sketch())+".")
		}
		for _, f := range r.Plan.Fates {
			switch f.Kind {
			case propose.Inlined:
				say(f.View.Title(), "As far as the files tell, only views read it: it is written into them. If a dashboard reads it, keep it.")
			case propose.Through:
				say(f.View.Title(), "It is no more than "+f.Table+": read that.")
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
		w.wrapped("    ", "  "+line)
	}
}

// next says what to do with the proposal.
func (r *Report) next(w *writer) {
	if len(r.Plan.Models) == 0 {
		return
	}
	w.line("")
	if r.Written == "" {
		w.line("Nothing is written: --write DIR writes the models.")
		return
	}
	w.line("Written to %s: %s. Read them and move them to coordinator/models; go generate ./coordinator/models checks them.",
		r.Written, count(len(r.Plan.Models), "model"))
}
