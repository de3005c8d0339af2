// Package compare tells which queries mean the same, which give a part of what another gives, and which are merely alike.
//
// Same and Contained are said only when they follow from the queries whatever the tables hold. What cannot be proved is
// Alike, with what differs, or Different: it may still be that the two give the same rows.
package compare

import (
	"slices"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
)

// Verdict is how one query stands to another.
type Verdict string

// The verdicts of one query on another.
const (
	Same      Verdict = "same"      // the same rows in the same columns, in any order
	Contained Verdict = "contained" // rows of the other, all or some, in some of its columns
	Alike     Verdict = "alike"     // much in common; Differences says what is not
	Different Verdict = "different"
)

// Comparison is what was found of one query, the inner, against another, the outer.
type Comparison struct {
	Verdict Verdict
	// Of a query that is the same or contained: for each of its columns, in its order, the column of the outer that it is.
	Columns []string
	// Where are the conditions that choose the inner's rows from the outer's, in the names of the outer's columns; none: it
	// has all of them. Lacking are columns that the conditions need and the outer does not give.
	Where   []string
	Lacking []string
	where   func(name func(string) string) []string
	// Differences, of what is alike, in words that call the two "this" and "the other".
	Differences []string
}

// Pair compares two queries; a relation may be nil, of what has no form that can be compared.
func Pair(inner, outer *algebra.Relation) Comparison {
	if inner == nil || outer == nil {
		return Comparison{Verdict: Different}
	}
	if c, ok := contained(inner, outer); ok {
		return c
	}
	if differences, ok := alike(inner, outer); ok {
		return Comparison{Verdict: Alike, Differences: differences}
	}
	return Comparison{Verdict: Different}
}

// contained looks for an order of the inner's sources in which they are the outer's, the columns are among the outer's, and
// the conditions are at least as strong.
func contained(inner, outer *algebra.Relation) (Comparison, bool) {
	if len(inner.Block.Sources) != len(outer.Block.Sources) {
		return Comparison{}, false
	}
	o := algebra.NewNamer(outer.Block, nil)
	sources := sourceTexts(o, outer.Block)
	for _, order := range algebra.Orders(inner.Block) {
		i := algebra.NewNamer(inner.Block, order)
		if !slices.Equal(sourceTexts(i, inner.Block), sources) {
			continue
		}
		columns, ok := match(i, inner, o, outer)
		if !ok {
			continue
		}
		held := facts{texts(i, inner.Block.Conds), inner.Block.Conds, i}
		if !slices.ContainsFunc(outer.Block.Conds, func(c *algebra.Expr) bool { return !held.imply(c, o) }) {
			return conclude(inner, outer, columns, i, o), true
		}
	}
	return Comparison{}, false
}

func conclude(inner, outer *algebra.Relation, columns []string, i, o *algebra.Namer) Comparison {
	c := &Comparison{Verdict: Contained, Columns: columns}
	asked, given := facts{texts(o, outer.Block.Conds), outer.Block.Conds, o}, map[string]string{}
	for _, column := range slices.Backward(outer.Columns) {
		given[o.Expr(column.Expr)] = column.Name
	}
	var chosen []*algebra.Expr
	for _, cond := range inner.Block.Conds {
		if !asked.imply(cond, i) {
			chosen = append(chosen, cond)
		}
	}
	c.where = func(name func(string) string) (texts []string) {
		for _, cond := range chosen {
			texts = append(texts, c.express(cond, i, given, name))
		}
		slices.Sort(texts)
		return texts
	}
	c.Where = c.where(func(name string) string { return name })
	same := len(c.Where) == 0 && len(inner.Columns) == len(outer.Columns)
	for k, column := range inner.Columns {
		same = same && column.Name == columns[k]
	}
	if same {
		c.Verdict = Same
	}
	return *c
}

// WhereIn is Where with other names for the outer's columns.
func (c Comparison) WhereIn(name func(string) string) []string {
	if c.where == nil {
		return nil
	}
	return c.where(name)
}

// express writes a condition of the inner in terms of the columns that the outer gives, and notes what is lacking.
func (c *Comparison) express(cond *algebra.Expr, i *algebra.Namer, given map[string]string, name func(string) string) string {
	return algebra.SQL(cond, func(e *algebra.Expr) string {
		lacking := ""
		switch {
		case e.Op == "literal" || e.Op == "parameter":
			return ""
		case given[i.Expr(e)] != "":
			return name(given[i.Expr(e)])
		case e.Op == "subquery":
			lacking = "the value of a subquery"
		case e.Op == "ref" && len(e.Args) == 0:
			lacking = e.Name
		}
		if lacking != "" && !slices.Contains(c.Lacking, lacking) {
			c.Lacking = append(c.Lacking, lacking)
		}
		return ""
	})
}

func sourceTexts(n *algebra.Namer, b *algebra.Block) []string {
	list := make([]string, len(b.Sources))
	for i, s := range b.Sources {
		list[i] = n.Named(s)
	}
	slices.Sort(list)
	return list
}

func texts(n *algebra.Namer, conds []*algebra.Expr) map[string]bool {
	set := map[string]bool{}
	for _, c := range conds {
		set[n.Expr(c)] = true
	}
	return set
}

// match finds each of the inner's columns among the outer's: the one of the same name, if that is it, or another.
func match(i *algebra.Namer, inner *algebra.Relation, o *algebra.Namer, outer *algebra.Relation) (columns []string, ok bool) {
	byText := map[string]string{}
	for _, c := range outer.Columns {
		if text := o.Expr(c.Expr); byText[text] == "" {
			byText[text] = c.Name
		}
	}
	for _, c := range inner.Columns {
		text := i.Expr(c.Expr)
		name := byText[text]
		if same := outer.Column(c.Name); same != nil && o.Expr(same.Expr) == text {
			name = c.Name
		}
		if name == "" {
			return nil, false
		}
		columns = append(columns, name)
	}
	return columns, true
}
