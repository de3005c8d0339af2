// Package propose makes of many views a few models.
//
// Views that are the same as another or contained in it go into that one's model. A view that only hands on a table needs
// none, and one that others build on is written into them. What a model's partition holds follows from the view: what the
// view showed on the morning after the partition, when its day or month was complete. So CURRENT_DATE becomes
// @partition_end, and tables are read up to there. When the view has a column that is the date of a table's partition, the
// model is incremental, and each partition holds the view's rows of that date; otherwise it is a table, which each run
// replaces.
package propose

import (
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/compare"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
	"example.com/rollcall/shared/manifest"
)

// Plan is what becomes of a number of views.
type Plan struct {
	Fates  []*Fate  // of each view, in the order of package resolve
	Models []*Model // each after those that it reads
	// Widened are the fates of views that Widen made, which are not among Fates.
	Widened []*Fate
}

// Kind is what becomes of a view.
type Kind string

// The kinds.
const (
	Leads     Kind = "leads"     // it becomes a model
	Same      Kind = "same"      // as the view Of
	Contained Kind = "contained" // in the view Of
	Inlined   Kind = "inlined"   // only other views read it, and it does little: it is written into them
	Through   Kind = "through"   // it hands on the table Table: read that
)

// Fate is what becomes of one view.
type Fate struct {
	View       *resolve.View
	Kind       Kind
	Of         *Fate
	Table      string
	Comparison compare.Comparison // with Of
	Model      *Model             // that holds its rows; nil of Inlined and Through
	Query      string             // that gives what the view gave, from the model
	Near       []Near             // views of other models that are alike, the nearest first
	Readers    []*resolve.View    // the views that read it
}

// Near is a view that is alike.
type Near struct {
	View        *resolve.View
	Differences []string
}

// Note is something that a person should know of a model or has to decide.
type Note struct {
	File string
	Pos  diag.Pos
	Text string
	// Decide: the model is a proposal only until a person has looked at this. Otherwise it tells what was done.
	Decide bool
}

// Settings are what the proposal depends on beside the views.
type Settings struct {
	Tables   []*resolve.Table       // of the project: raw tables and models
	Models   []*manifest.Model      // that the project has
	Reserved func(word string) bool // whether a word must be quoted to be a name
}

// Make proposes models for the views.
func Make(result *resolve.Result, s Settings) *Plan {
	p := &planner{settings: s, tables: result.Tables, fates: map[*resolve.View]*Fate{}, plan: &Plan{}, names: map[string]bool{}}
	for _, m := range s.Models {
		p.names[m.Name] = true
	}
	p.group(result)
	for _, f := range p.plan.Fates {
		p.make(f, map[*Fate]bool{})
	}
	for _, f := range p.plan.Fates {
		if f.Of != nil {
			f.Model = f.Of.Model
		}
		if f.Model != nil {
			f.Query = p.query(f)
		}
	}
	for _, f := range p.plan.Fates {
		if f.View.Made != nil {
			p.plan.Widened = append(p.plan.Widened, f)
		}
	}
	p.plan.Fates = slices.DeleteFunc(p.plan.Fates, func(f *Fate) bool { return f.View.Made != nil })
	return p.plan
}

// make makes the model of a view that leads, after those of what it reads, as far as these do not read it in turn.
func (p *planner) make(f *Fate, under map[*Fate]bool) {
	if f.Of != nil {
		f = f.Of
	}
	if f.Model != nil || under[f] {
		return
	}
	under[f] = true
	for _, in := range f.View.Reads {
		if in.View != nil {
			p.make(p.fates[in.View], under)
		}
	}
	if f.Kind == Leads {
		if m := p.model(f); !m.Stands {
			p.plan.Models = append(p.plan.Models, m)
		}
	}
}

type planner struct {
	settings Settings
	tables   map[string]*resolve.Table
	fates    map[*resolve.View]*Fate
	plan     *Plan
	names    map[string]bool
	standing map[string]*algebra.Relation // the project's models, by name; nil: not looked at yet
}

// query gives, from the model, what the view gave, under the names that its columns had.
func (p *planner) query(f *Fate) string {
	var columns []string
	for i, c := range f.View.Columns {
		column := f.Model.column(f.of(i))
		if !strings.EqualFold(column, c.Name) {
			column += " AS " + p.quoted(c.Name)
		}
		columns = append(columns, column)
	}
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + f.Model.from()
	if conds := f.conditions("CURRENT_DATE()"); len(conds) > 0 {
		query += " WHERE " + strings.Join(conds, " AND ")
	}
	return query
}

// conditions choose the view's rows from the model's.
func (f *Fate) conditions(today string) []string {
	var conds []string
	if f.Model != nil {
		conds = append(f.Comparison.WhereIn(f.Model.column), conditions(f.Model.window, f.Model.PartitionBy, today)...)
	}
	return conds
}

// of is the column, of the view that the model was made from, that the i-th of this view is.
func (f *Fate) of(i int) string {
	if f.Of != nil {
		return f.Comparison.Columns[i]
	}
	return strings.ToLower(f.View.Columns[i].Name)
}

// Whole reports whether the view is all of its model, under the same names.
func (f *Fate) Whole() bool {
	if f.Model == nil || f.Model.Stands || f.Kind == Contained || len(f.conditions("")) > 0 {
		return false
	}
	for i, c := range f.View.Columns {
		if !strings.EqualFold(f.Model.column(f.of(i)), c.Name) {
			return false
		}
	}
	return true
}
