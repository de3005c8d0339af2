// Package algebra brings queries into a form in which they can be compared for their meaning.
//
// A [Relation] is a [Block] and output columns. A Block is a number of sources and conditions: each
// combination of the sources' rows that meets the conditions is one row. The order of sources and conditions
// does not matter. Tables, inner joins, filters, projections, subqueries, WITH queries and other views
// dissolve into blocks. Whatever does not commute with a filter or a join (grouping, the optional side of an
// outer join, window functions, LIMIT, set operations) is a source of its own with blocks inside.
//
// [Compare] reports which queries return the same rows, which return a part of another's rows, and which are
// merely similar. It reports Same and Contained only when they follow from the queries, whatever the tables
// contain. What it cannot prove is Similar or Different; the two queries may still return the same rows. Two
// things are not considered: the order of the result, and that a query may fail (by an overflow, a division
// by zero) for rows that it then leaves out.
package algebra

import (
	"errors"
	"slices"
)

// Relation is the result of a query.
type Relation struct {
	Block   *Block
	Columns []Column
}

// Column is an output column.
type Column struct {
	Name string
	Expr *Expr
}

// Column returns the column with the given name, or nil.
func (r *Relation) Column(name string) *Column {
	i := slices.IndexFunc(r.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Columns[i]
}

// Block is the product of its sources, limited to the rows for which every condition is TRUE. An Optional
// source is joined after those that its conditions name.
type Block struct {
	Sources []*Source
	Conds   []*Expr
}

// Kind is a kind of source.
type Kind string

// The kinds of sources, each with what its Inputs and Keys hold.
const (
	Table    Kind = "table"
	Group    Kind = "group"    // one block, grouped by the keys
	Optional Kind = "optional" // one block: its rows that meet the keys, or one row of NULLs if none does
	Full     Kind = "full"     // two blocks, full outer join on the keys
	All      Kind = "all"      // UNION ALL of the blocks
	Set      Kind = "set"      // another set operation of two or more blocks; Outputs are the columns compared
	Window   Kind = "window"   // one block; functions are computed over all its rows
	Limit    Kind = "limit"    // one block; the keys are its order, the limit and the offset
	Unnest   Kind = "unnest"   // no block; the key is an array
)

// Source is something that rows come from.
type Source struct {
	Kind    Kind
	Table   string // of a Table
	Detail  string // of a Set, which operation
	Inputs  []*Block
	Keys    []*Expr
	Outputs [][]*Expr // of a Set, by input
	Place   Place     // of a Table

	Functions []*Expr // of a Window, those over it; a source is the same whichever of them are used
}

// Place locates a table that a query reads: byte offsets into the view's query.
type Place struct {
	View       string
	Start, End int
}

// Expr is an expression over the columns of sources.
type Expr struct {
	// Op is the kind of expression. "ref" is a column of Source: the column Name of a table; "element" or
	// "offset" of an Unnest; for any other source, Args are the expressions inside its blocks, one for each
	// block. "literal" is a literal with the text Name in GoogleSQL. "call" calls the function Name. Other kinds
	// keep their details in Name.
	Op     string
	Name   string
	Type   string
	Source *Source
	Args   []*Expr
	Block  *Block // of a subquery
}

// Unsupported reports a construct that has no form here: queries with it cannot be compared.
type Unsupported struct{ What string }

func (e *Unsupported) Error() string { return e.What + " cannot be compared" }

// IsUnsupported reports whether err is an *Unsupported, and for which construct.
func IsUnsupported(err error) (what string, ok bool) {
	if u, found := errors.AsType[*Unsupported](err); found {
		return u.What, true
	}
	return "", false
}

// Walk calls visit for e and every expression below it, including those in subqueries. It does not descend
// below an expression for which visit returns false.
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

// All calls visit for every source of the block and inside it, including those of subqueries; for some more
// than once.
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

// Levels calls visit for the block and every block that is an input inside it.
func (b *Block) Levels(visit func(*Block)) {
	visit(b)
	b.All(func(s *Source) {
		for _, in := range s.Inputs {
			visit(in)
		}
	})
}

// Tables returns all tables of the relation, including those inside other sources.
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

// TableNames returns the names of the relation's tables, sorted, each once.
func (r *Relation) TableNames() []string {
	var names []string
	for _, t := range r.Tables() {
		names = append(names, t.Table)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// clone returns a copy with its own sources, so that a view that is read twice counts as two sources.
func clone(r *Relation) *Relation {
	c := &cloner{sources: map[*Source]*Source{}}
	copied := &Relation{Block: c.block(r.Block)}
	for _, column := range r.Columns {
		copied.Columns = append(copied.Columns, Column{column.Name, c.expr(column.Expr)})
	}
	return copied
}

type cloner struct{ sources map[*Source]*Source }

func (c *cloner) block(b *Block) *Block {
	if b == nil {
		return nil
	}
	copied := &Block{}
	for _, s := range b.Sources {
		copied.Sources = append(copied.Sources, c.source(s))
	}
	copied.Conds = c.exprs(b.Conds)
	return copied
}

func (c *cloner) source(s *Source) *Source {
	if s == nil {
		return nil
	}
	if copied := c.sources[s]; copied != nil {
		return copied
	}
	copied := &Source{Kind: s.Kind, Table: s.Table, Detail: s.Detail, Place: s.Place}
	c.sources[s] = copied // before its inside, which may refer to it
	for _, in := range s.Inputs {
		copied.Inputs = append(copied.Inputs, c.block(in))
	}
	copied.Keys, copied.Functions = c.exprs(s.Keys), c.exprs(s.Functions)
	for _, list := range s.Outputs {
		copied.Outputs = append(copied.Outputs, c.exprs(list))
	}
	return copied
}

func (c *cloner) exprs(list []*Expr) []*Expr {
	var copied []*Expr
	for _, e := range list {
		copied = append(copied, c.expr(e))
	}
	return copied
}

func (c *cloner) expr(e *Expr) *Expr {
	copied := *e
	copied.Args, copied.Block, copied.Source = c.exprs(e.Args), c.block(e.Block), c.source(e.Source)
	return &copied
}
