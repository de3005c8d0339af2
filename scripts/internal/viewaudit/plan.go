package viewaudit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
)

// Plan says which models replace a number of views.
type Plan struct {
	Placements []*Placement // one for each view, in the order of Result.Views
	Models     []*Model     // each after those that it reads
	Widened    []*Placement // of views made by widen, which are not among Placements
}

// Kind says how a view is replaced.
type Kind string

// The kinds of placements.
const (
	Leads       Kind = "leads"     // by a model that is made from it
	Same        Kind = "same"      // by the model of the view Of, which returns the same
	Contained   Kind = "contained" // by the model of the view Of, which contains it
	Inlined     Kind = "inlined"   // by inlining it: only other views read it, and it is trivial
	PassThrough Kind = "through"   // by the table Table, which it returns unchanged
)

// Placement says how one view is replaced.
type Placement struct {
	View       *View
	Kind       Kind
	Of         *Placement
	Table      string
	Comparison algebra.Comparison // with Of
	Model      *Model             // that holds its rows; nil for Inlined and PassThrough
	Query      string             // that returns from the model what the view returned
	Similar    []SimilarView      // similar views of other models, the most similar first
	Readers    []*View            // the views that read it
}

// SimilarView is a similar view.
type SimilarView struct {
	View        *View
	Differences []string
}

// Note is something that a person should know about a model or needs to decide.
type Note struct {
	File   string
	Pos    diag.Pos
	Text   string
	Decide bool // a person needs to decide; otherwise the note says what was changed
}

// settings holds what the proposal depends on beside the views.
type settings struct {
	project  *Project
	reserved func(word string) bool // reports whether a word must be quoted to be a name
}

// propose proposes models for the views.
//
// Views that are the same as another or contained in it go into that view's model. A view that returns a
// table unchanged needs no model, and a trivial one that others read is inlined. A model's partition holds
// what the view showed on the morning after the partition, when its day or month was complete: CURRENT_DATE
// becomes @partition_end. If the view has a column that is the date of the tables' partitions, and its rows of
// one date depend only on partitions near that date, the model is incremental, and each partition holds the
// view's rows of that date. Otherwise it is a table, which each run replaces. The mappings of its inputs limit
// what it reads; the query is the view's.
func propose(result *Result, s settings) *Plan {
	p := &planner{
		settings: s, tables: result.Tables, plan: &Plan{},
		placements: map[*View]*Placement{}, names: map[string]bool{}, rawNames: map[string]string{},
	}
	for _, m := range s.project.Models {
		p.names[m.Name] = true
	}
	p.group(result)
	for _, f := range p.plan.Placements {
		p.makeModel(f, map[*Placement]bool{})
	}
	for _, f := range p.plan.Placements {
		if f.Of != nil {
			f.Model = f.Of.Model
		}
		if f.Model != nil {
			f.Query = p.query(f)
		}
	}
	for _, f := range p.plan.Placements {
		if f.View.MadeFrom != nil {
			p.plan.Widened = append(p.plan.Widened, f)
		}
	}
	isWidened := func(f *Placement) bool { return f.View.MadeFrom != nil }
	p.plan.Placements = slices.DeleteFunc(p.plan.Placements, isWidened)
	return p.plan
}

// makeModel makes the model of a view that leads, after the models of the views that it reads.
func (p *planner) makeModel(f *Placement, visiting map[*Placement]bool) {
	if f.Of != nil {
		f = f.Of
	}
	if f.Model != nil || visiting[f] {
		return
	}
	visiting[f] = true
	for _, in := range f.View.Reads {
		if in.View != nil {
			p.makeModel(p.placements[in.View], visiting)
		}
	}
	if f.Kind == Leads {
		if m := p.model(f); !m.Existing {
			p.plan.Models = append(p.plan.Models, m)
		}
	}
}

type planner struct {
	settings   settings
	tables     map[string]*Table
	placements map[*View]*Placement
	plan       *Plan
	names      map[string]bool
	rawNames   map[string]string            // of unknown tables, by name
	existing   map[string]*algebra.Relation // of the project's models, by name; nil: not built yet
}

// query returns a query that returns from the model what the view returned, under the view's names.
func (p *planner) query(f *Placement) string {
	query := "SELECT " + strings.Join(p.columns(f, f.Model), ", ") + " FROM " + f.Model.from()
	if conds := f.conditions(); len(conds) > 0 {
		query += " WHERE " + strings.Join(conds, " AND ")
	}
	return query
}

// columns returns the view's columns as a SELECT list over a model that holds its rows.
func (p *planner) columns(f *Placement, m *Model) []string {
	var columns []string
	for i, c := range f.View.Columns {
		column := m.column(f.of(i))
		if !strings.EqualFold(column, c.Name) {
			column += " AS " + p.quoted(c.Name)
		}
		columns = append(columns, column)
	}
	return columns
}

// conditions returns the conditions that select the view's rows from the model's.
func (f *Placement) conditions() []string {
	var conds []string
	if f.Model != nil {
		window := conditions(f.Model.windows, f.Model.PartitionBy, inView)
		conds = append(f.Comparison.WhereIn(f.Model.column), window...)
	}
	return conds
}

// of returns the name of the i-th column in the view that the model is made from.
func (f *Placement) of(i int) string {
	if f.Of != nil {
		return f.Comparison.Columns[i]
	}
	return strings.ToLower(f.View.Columns[i].Name)
}

// Whole reports whether the view has all rows of its model, under the same names.
func (f *Placement) Whole() bool {
	if f.Model == nil || f.Model.Existing || f.Kind == Contained || len(f.conditions()) > 0 {
		return false
	}
	for i, c := range f.View.Columns {
		if !strings.EqualFold(f.Model.column(f.of(i)), c.Name) {
			return false
		}
	}
	return true
}

// group decides which views get a model and which follow another view.
func (p *planner) group(result *Result) {
	byTables := map[string][]*Placement{} // only views that read the same tables are compared
	for _, v := range result.Views {
		f := &Placement{View: v, Kind: Leads}
		p.placements[v] = f
		p.plan.Placements = append(p.plan.Placements, f)
		key := tablesOf(v)
		byTables[key] = append(byTables[key], f)
	}
	for _, f := range p.plan.Placements {
		for _, in := range f.View.Reads {
			if in.View != nil && !slices.Contains(p.placements[in.View].Readers, f.View) {
				p.placements[in.View].Readers = append(p.placements[in.View].Readers, f.View)
			}
		}
	}
	for _, f := range p.plan.Placements {
		f.findTrivial()
	}
	for _, bucket := range byTables {
		follow(bucket)
	}
}

func tablesOf(v *View) string {
	if v.Relation == nil {
		return "only " + v.Name
	}
	return strings.Join(v.Relation.TableNames(), " ")
}

// findTrivial finds the views that need no model: those that return a table unchanged, and those that do
// little more and that other views read.
func (f *Placement) findTrivial() {
	r := f.View.Relation
	if r == nil || len(r.Block.Sources) != 1 || r.Block.Sources[0].Kind != algebra.Table {
		return
	}
	through := len(r.Block.Conds) == 0
	for _, c := range r.Columns {
		through = through && c.Expr.Op == "ref" && c.Expr.Name == c.Name
	}
	switch {
	case through:
		f.Kind, f.Table = PassThrough, r.Block.Sources[0].Table
	case len(f.Readers) > 0:
		f.Kind = Inlined // unless other views follow it
	}
}

// follow finds, among views that read the same tables, those whose rows another one contains.
func follow(bucket []*Placement) {
	type pair struct{ inner, outer *Placement }
	found := map[pair]algebra.Comparison{}
	for _, inner := range bucket {
		for _, outer := range bucket {
			if inner != outer {
				found[pair{inner, outer}] = algebra.Compare(inner.View.Relation, outer.View.Relation)
			}
		}
	}
	leads := func(outer, inner *Placement) bool {
		if outer == inner || outer.Kind == PassThrough || inner.Kind == PassThrough ||
			!covers(found[pair{inner, outer}]) {
			return false
		}
		return !covers(found[pair{outer, inner}]) || preferred(outer, inner)
	}
	var leaders []*Placement
	for _, f := range bucket {
		isLed := slices.ContainsFunc(bucket, func(o *Placement) bool { return leads(o, f) })
		if f.Kind == Inlined && !isLed && slices.ContainsFunc(bucket, func(o *Placement) bool { return leads(f, o) }) {
			f.Kind = Leads
		}
		if f.Kind == Leads && !isLed {
			leaders = append(leaders, f)
		}
	}
	for _, f := range bucket {
		if f.Kind == PassThrough || slices.Contains(leaders, f) {
			continue
		}
		possible := slices.DeleteFunc(slices.Clone(leaders), func(o *Placement) bool { return !leads(o, f) })
		if len(possible) == 0 { // the view that leads it follows another one, which does not
			if f.Kind == Leads {
				leaders = append(leaders, f)
			}
			continue
		}
		f.Of = slices.MinFunc(possible, func(a, b *Placement) int {
			return cmp.Or(len(found[pair{f, a}].Where)-len(found[pair{f, b}].Where),
				len(a.View.Columns)-len(b.View.Columns), cmp.Compare(a.View.Name, b.View.Name))
		})
		f.Comparison = found[pair{f, f.Of}]
		f.Kind = map[algebra.Verdict]Kind{algebra.Same: Same, algebra.Contained: Contained}[f.Comparison.Verdict]
	}
	for _, f := range bucket {
		for _, o := range bucket {
			if o == f || o.View.MadeFrom != nil || f.Kind != Leads || o.Kind != Leads {
				continue
			}
			switch c := found[pair{f, o}]; c.Verdict {
			case algebra.Similar:
				f.Similar = append(f.Similar, SimilarView{o.View, c.Differences})
			case algebra.Contained:
				text := "the other contains all its rows, but does not return %s to select them by"
				difference := fmt.Sprintf(text, strings.Join(c.Missing, ", "))
				f.Similar = append(f.Similar, SimilarView{o.View, []string{difference}})
			}
		}
		slices.SortStableFunc(f.Similar, func(a, b SimilarView) int { return len(a.Differences) - len(b.Differences) })
	}
}

// covers reports whether the outer view of a comparison can replace the inner.
func covers(c algebra.Comparison) bool {
	return c.Verdict == algebra.Same || c.Verdict == algebra.Contained && len(c.Missing) == 0
}

// preferred reports whether, of two views with the same rows, a leads: because it is a widened view, more
// views read it, it is better described, or its name is first.
func preferred(a, b *Placement) bool {
	if (a.View.MadeFrom != nil) != (b.View.MadeFrom != nil) {
		return a.View.MadeFrom != nil
	}
	return cmp.Or(len(b.Readers)-len(a.Readers), described(b)-described(a),
		strings.Compare(a.View.Name, b.View.Name)) < 0
}

func described(f *Placement) int {
	n := 0
	if f.View.Description != "" {
		n++
	}
	for _, c := range f.View.Columns {
		if c.Description != "" {
			n++
		}
	}
	return n
}
