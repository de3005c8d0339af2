package algebra

// clone is a relation with sources of its own, so that a view that is read twice gives rows twice.
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
	c.sources[s] = copied // before what is within, which may name it
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
