// Package algebra brings a resolved query into a form in which two queries can be compared for what they mean.
//
// A Relation is a Block and output columns. A Block is a number of sources, of which every combination is one row, and
// conditions that a row has to meet; the order of neither matters. Tables, inner joins, filters, projections, subqueries,
// WITH queries and other views dissolve into blocks; what does not commute with a filter or a join (grouping, the optional
// side of an outer join, window functions, LIMIT, set operations) is a source of its own with blocks inside.
//
// Two relations whose blocks and columns have the same texts, under the names of a Namer each, give the same rows,
// whatever the tables hold. That what a query computes may fail (an overflow, a division by nought) for rows that it then
// leaves out is not looked at; nor is the order of the result.
package algebra

import (
	"errors"
	"slices"
)

// Relation is what a query gives.
type Relation struct {
	Block   *Block
	Columns []Column
}

// Column is one output column.
type Column struct {
	Name string
	Expr *Expr
}

// Column is the column with the given name, nil when there is none.
func (r *Relation) Column(name string) *Column {
	i := slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Columns[i]
}

// Block is the product of its sources, of which the rows remain for which each condition is TRUE. An Optional source is
// joined after those that its conditions name.
type Block struct {
	Sources []*Source
	Conds   []*Expr
}

// Kind is a kind of source.
type Kind string

// The kinds of sources. Behind each, what its Inputs and Keys are.
const (
	Table    Kind = "table"
	Group    Kind = "group"    // one block, grouped by the keys
	Optional Kind = "optional" // one block, of which the rows that meet the keys, or one of nulls if none does
	Full     Kind = "full"     // two blocks, full outer join on the keys
	All      Kind = "all"      // UNION ALL of the blocks
	Set      Kind = "set"      // another set operation of two or more blocks; Outputs are the columns compared
	Window   Kind = "window"   // one block, over all whose rows functions are computed
	Limit    Kind = "limit"    // one block; the keys are its order, the limit and the offset
	Unnest   Kind = "unnest"   // no block; the key is an array
)

// Source is one thing that rows come from.
type Source struct {
	Kind    Kind
	Table   string // of a Table
	Detail  string // of a Set, which operation
	Inputs  []*Block
	Keys    []*Expr
	Outputs [][]*Expr // of a Set, by input
	Place   Place     // of a Table

	Functions []*Expr // of a Window, those over it; only what is asked for of them is part of what the source is
}

// Place is where a query reads a table: byte offsets into the view's query.
type Place struct {
	View       string
	Start, End int
}

// Expr is an expression over the columns of sources.
type Expr struct {
	// Op is "ref", a column of Source: of a table, Name; of an Unnest, "element" or "offset"; of any other, what Args are
	// within the source's blocks, one for each. Or "literal", Name being its text in GoogleSQL and Type its type; "call",
	// an ordinary function; or another word for a kind of expression, whose details are in Name.
	Op     string
	Name   string
	Type   string
	Source *Source
	Args   []*Expr
	Block  *Block // of a subquery
}

// Unsupported is a construct that has no form here: a query that has it is not compared.
type Unsupported struct{ What string }

func (e *Unsupported) Error() string { return e.What + " is not compared" }

// IsUnsupported reports whether an error is one, and of what.
func IsUnsupported(err error) (what string, ok bool) {
	if u, found := errors.AsType[*Unsupported](err); found {
		return u.What, true
	}
	return "", false
}

// Walk calls visit on e and every expression below it, those in subqueries and within sources' columns too, until visit
// returns false.
func (e *Expr) Walk(visit func(*Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, a := range e.Args {
		a.Walk(visit)
	}
	if e.Block != nil {
		e.Block.walk(visit)
	}
}

func (b *Block) walk(visit func(*Expr) bool) {
	for _, c := range b.Conds {
		c.Walk(visit)
	}
	for _, s := range b.Sources {
		for _, k := range s.Keys {
			k.Walk(visit)
		}
		for _, in := range s.Inputs {
			in.walk(visit)
		}
		for _, list := range s.Outputs {
			for _, o := range list {
				o.Walk(visit)
			}
		}
	}
}

// All calls visit on every source of the block and within, subqueries' included; on some more than once.
func (b *Block) All(visit func(*Source)) {
	below := func(e *Expr) bool {
		if e.Block != nil {
			e.Block.All(visit)
		}
		return true
	}
	for _, s := range b.Sources {
		visit(s)
		for _, in := range s.Inputs {
			in.All(visit)
		}
		for _, k := range s.Keys {
			k.Walk(below)
		}
	}
	for _, c := range b.Conds {
		c.Walk(below)
	}
}

// Tables are all sources of the relation that are tables, those within others included.
func (r *Relation) Tables() (tables []*Source) {
	seen := map[*Source]bool{}
	note := func(s *Source) {
		if s.Kind == Table && !seen[s] {
			seen[s] = true
			tables = append(tables, s)
		}
	}
	r.Block.All(note)
	for _, c := range r.Columns {
		c.Expr.Walk(func(e *Expr) bool {
			if e.Block != nil {
				e.Block.All(note)
			}
			return true
		})
	}
	return tables
}
