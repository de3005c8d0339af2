package algebra

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict is the result of a comparison.
type Verdict string

// The verdicts on one query, the inner, compared with another, the outer.
const (
	Same      Verdict = "same"      // the same rows in the same columns, in any order
	Contained Verdict = "contained" // all or some rows of the outer, in some of its columns
	Similar   Verdict = "alike"     // much in common; see Differences
	Different Verdict = "different"
)

// Comparison is the result of comparing one query, the inner, with another, the outer.
type Comparison struct {
	Verdict Verdict
	// Columns names the outer's column for each column of a query that is the same or contained, in its order.
	Columns []string
	// Where lists the conditions that select the inner's rows from the outer's, over the outer's columns; none:
	// all rows.
	Where []string
	// Missing lists the columns that the conditions need and the outer does not return.
	Missing []string
	where   func(name func(string) string) []string
	// Differences describes how a similar query differs. It calls the two "this" and "the other".
	Differences []string
}

// Compare compares two queries. A relation is nil if its query cannot be compared.
func Compare(inner, outer *Relation) Comparison {
	if inner == nil || outer == nil {
		return Comparison{Verdict: Different}
	}
	if c, ok := contained(inner, outer); ok {
		return c
	}
	if differences, ok := similar(inner, outer); ok {
		return Comparison{Verdict: Similar, Differences: differences}
	}
	return Comparison{Verdict: Different}
}

// contained looks for an order of the inner's sources in which they equal the outer's, the columns are among
// the outer's, and the conditions are at least as strong.
func contained(inner, outer *Relation) (Comparison, bool) {
	if len(inner.Block.Sources) != len(outer.Block.Sources) {
		return Comparison{}, false
	}
	o := nameSources(outer.Block, nil)
	sources := sourceTexts(o, outer.Block)
	for _, order := range orders(inner.Block) {
		i := nameSources(inner.Block, order)
		if !slices.Equal(sourceTexts(i, inner.Block), sources) {
			continue
		}
		columns, ok := match(i, inner, o, outer)
		if !ok {
			continue
		}
		held := facts{texts(i, inner.Block.Conds), inner.Block.Conds, i}
		if !slices.ContainsFunc(outer.Block.Conds, func(c *Expr) bool { return !held.imply(c, o) }) {
			return conclude(inner, outer, columns, i, o), true
		}
	}
	return Comparison{}, false
}

func conclude(inner, outer *Relation, columns []string, i, o *namer) Comparison {
	c := &Comparison{Verdict: Contained, Columns: columns}
	asked, given := facts{texts(o, outer.Block.Conds), outer.Block.Conds, o}, map[string]string{}
	for _, column := range slices.Backward(outer.Columns) {
		given[o.expr(column.Expr)] = column.Name
	}
	var chosen []*Expr
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

// WhereIn returns Where with other names for the outer's columns.
func (c Comparison) WhereIn(name func(string) string) []string {
	if c.where == nil {
		return nil
	}
	return c.where(name)
}

// express writes a condition of the inner over the columns that the outer returns, and records those that are
// missing.
func (c *Comparison) express(cond *Expr, i *namer, given map[string]string, name func(string) string) string {
	return SQL(cond, func(e *Expr) string {
		missing := ""
		switch {
		case e.Op == "literal" || e.Op == "parameter":
			return ""
		case given[i.expr(e)] != "":
			return name(given[i.expr(e)])
		case e.Op == "subquery":
			missing = "the value of a subquery"
		case e.Op == "ref" && len(e.Args) == 0:
			missing = e.Name
		}
		if missing != "" && !slices.Contains(c.Missing, missing) {
			c.Missing = append(c.Missing, missing)
		}
		return ""
	})
}

func sourceTexts(n *namer, b *Block) []string {
	list := make([]string, len(b.Sources))
	for i, s := range b.Sources {
		list[i] = n.named(s)
	}
	slices.Sort(list)
	return list
}

func texts(n *namer, conds []*Expr) map[string]bool {
	set := map[string]bool{}
	for _, c := range conds {
		set[n.expr(c)] = true
	}
	return set
}

// match finds each of the inner's columns among the outer's: preferably the one of the same name, or another.
func match(i *namer, inner *Relation, o *namer, outer *Relation) (columns []string, ok bool) {
	byText := map[string]string{}
	for _, c := range outer.Columns {
		if text := o.expr(c.Expr); byText[text] == "" {
			byText[text] = c.Name
		}
	}
	for _, c := range inner.Columns {
		text := i.expr(c.Expr)
		name := byText[text]
		if same := outer.Column(c.Name); same != nil && o.expr(same.Expr) == text {
			name = c.Name
		}
		if name == "" {
			return nil, false
		}
		columns = append(columns, name)
	}
	return columns, true
}

// similar reports whether two queries have so much in common that a person should look at both, and how they
// differ: they must read the same tables and share half of the columns of the one that has more.
func similar(this, other *Relation) (differences []string, ok bool) {
	if !slices.Equal(this.TableNames(), other.TableNames()) || len(this.TableNames()) == 0 {
		return nil, false
	}
	mine, theirs := columns(this), columns(other)
	shared := 0
	var changed, onlyMine, onlyTheirs []string
	for _, c := range this.Columns {
		switch text, both := theirs[c.Name]; {
		case !both:
			onlyMine = append(onlyMine, c.Name)
		case text == mine[c.Name]:
			shared++
		default:
			changed = append(changed, fmt.Sprintf("%s is %s here, %s there", c.Name, mine[c.Name], text))
		}
	}
	for _, c := range other.Columns {
		if _, both := mine[c.Name]; !both {
			onlyTheirs = append(onlyTheirs, c.Name)
		}
	}
	if 2*shared < max(len(this.Columns), len(other.Columns)) {
		return nil, false
	}
	differences = append(differences, onlyIn("groups by", keys(this), keys(other))...)
	differences = append(differences, onlyIn("filters by", conditions(this), conditions(other))...)
	differences = append(differences, changed...)
	if len(onlyMine) > 0 {
		differences = append(differences, "only this returns "+strings.Join(onlyMine, ", "))
	}
	if len(onlyTheirs) > 0 {
		differences = append(differences, "only the other returns "+strings.Join(onlyTheirs, ", "))
	}
	if len(onlyMine) > 0 && len(onlyTheirs) > 0 && len(differences) == 2 {
		differences = slices.Insert(differences, 0,
			"they may have the same rows: one view with the columns of both may be enough")
	}
	if len(differences) == 0 {
		differences = []string{"the difference is in how the tables are joined or nested"}
	}
	return differences, true
}

func onlyIn(what string, mine, theirs []string) (list []string) {
	for _, side := range []struct {
		name       string
		has, lacks []string
	}{{"only this", mine, theirs}, {"only the other", theirs, mine}} {
		var texts []string
		for _, text := range side.has {
			if !slices.Contains(side.lacks, text) && !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
		if len(texts) > 0 {
			list = append(list, fmt.Sprintf("%s %s %s", side.name, what, strings.Join(texts, ", ")))
		}
	}
	return list
}

func columns(r *Relation) map[string]string {
	texts := map[string]string{}
	for _, c := range r.Columns {
		texts[c.Name] = SQL(c.Expr, nil)
	}
	return texts
}

func keys(r *Relation) (texts []string) {
	r.Block.All(func(s *Source) {
		if s.Kind == Group {
			for _, k := range s.Keys {
				texts = append(texts, SQL(k, nil))
			}
		}
	})
	return texts
}

// conditions returns the filters at every level.
func conditions(r *Relation) (texts []string) {
	r.Block.Levels(func(b *Block) {
		for _, c := range b.Conds {
			texts = append(texts, SQL(c, nil))
		}
	})
	slices.Sort(texts)
	return texts
}
