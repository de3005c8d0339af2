package compile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/modelc/header"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// checker compares a model's header with its query.
type checker struct {
	*source
	catalog      *googlesql.Catalog
	findings     *diag.List
	columnsMatch bool // set by columns: the header describes the columns that the query returns
}

func (c *checker) find(pos diag.Pos, format string, args ...any) {
	c.findings.Add(c.file, pos, format, args...)
}

// columns combines the header's columns with the query's. Both must list the same columns in the same order.
func (c *checker) columns(given []googlesql.OutputColumn) []manifest.Column {
	var columns []manifest.Column
	before, seen := len(*c.findings), map[string]bool{}
	for _, g := range given {
		if seen[g.Name] {
			c.find(c.header.At("columns"), "the query returns two columns named %s", g.Name)
			continue
		}
		seen[g.Name] = true
		h := c.header.Column(g.Name)
		if h == nil {
			c.find(c.header.At("columns"), "column %s of the query is not described in the header", g.Name)
			continue
		}
		columns = append(columns, manifest.Column{
			Field:   schema.Field{Name: g.Name, Type: g.Type, Mode: g.Mode, Description: h.Description},
			Lineage: g.Lineage,
		})
	}
	for _, h := range c.header.Columns {
		if !seen[h.Name] {
			c.find(h.Pos, "column %s is described, but the query does not return it", h.Name)
		}
		if strings.HasPrefix(h.Name, hashPrefix) {
			c.find(h.Pos, "column name %s begins with %s, which is reserved for the audit", h.Name, hashPrefix)
		}
		if c.catalog.Reserved(h.Name) {
			c.find(h.Pos, "column name %s is a reserved word of GoogleSQL", h.Name)
		}
	}
	if len(*c.findings) > before {
		return columns
	}
	for i, h := range c.header.Columns {
		if columns[i].Name != h.Name {
			c.find(h.Pos, "column %s is described here, but the query returns %s: "+
				"describe the columns in the query's order", h.Name, columns[i].Name)
			return columns
		}
	}
	c.columnsMatch = true
	return columns
}

// keys checks the columns that the header names as keys.
func (c *checker) keys(m *manifest.Model) {
	if by := m.PartitionBy; by != "" {
		f, ok := m.Schema().Field(by)
		if !ok {
			c.find(c.header.At("partition_by"), "partition_by names the column %s, which the query does not return", by)
		} else if f.Type != schema.Date || f.Mode == schema.Repeated {
			c.find(c.header.At("partition_by"), "partition_by names the column %s, whose type is %s, not DATE",
				by, describe(f))
		}
	}
	c.key("unique_key", c.header.At("unique_key"), m.UniqueKey, m.Schema())
	c.key("cluster_by", c.header.At("cluster_by"), m.ClusterBy, m.Schema())
}

func (c *checker) key(key string, pos diag.Pos, names []string, columns schema.Schema) {
	for _, name := range names {
		if f, ok := columns.Field(name); !ok {
			c.find(pos, "%s names the column %s, which the query does not return", key, name)
		} else if !groupable(f) {
			c.find(pos, "%s names the column %s, whose type %s cannot be a key", key, name, describe(f))
		}
	}
}

func groupable(f schema.Field) bool {
	return f.Mode != schema.Repeated && f.Type != schema.JSON && f.Type != schema.Float64
}

func describe(f schema.Field) string {
	if f.Mode == schema.Repeated {
		return fmt.Sprintf("ARRAY<%s>", f.Type)
	}
	return string(f.Type)
}

// tests checks the names and types in the tests. Whether their conditions hold is checked by the audit of
// each run.
func (c *checker) tests(m *manifest.Model) {
	columns := m.Schema()
	test := func(t header.Test, column string) {
		switch t.Kind {
		case header.Unique:
			c.key("unique", t.Pos, t.Columns, columns)
		case header.Relationships:
			c.relationship(t, column, columns)
		case header.AcceptedValues:
			c.condition(t, fmt.Sprintf("%s IN (%s)", column, strings.Join(t.Values, ", ")), columns)
		case header.Expression:
			c.condition(t, t.Expression, columns)
		}
	}
	for _, column := range c.header.Columns {
		for _, t := range column.Tests {
			test(t, column.Name)
		}
	}
	for _, t := range c.header.Tests {
		test(t, "")
	}
}

func (c *checker) relationship(t header.Test, column string, columns schema.Schema) {
	to, ok := c.catalog.Table(t.To)
	if !ok {
		c.find(t.Pos, "relationships to %s, which is not a table of the project", t.To)
		return
	}
	field, ok := to.Schema.Field(t.Field)
	if !ok {
		c.find(t.Pos, "relationships to %s.%s, a column that the table does not have", t.To, t.Field)
		return
	}
	own, _ := columns.Field(column)
	if describe(own) != describe(field) || !groupable(own) {
		c.find(t.Pos, "relationships from %s, whose type is %s, to %s.%s, whose type is %s",
			column, describe(own), t.To, t.Field, describe(field))
	}
}

func (c *checker) condition(t header.Test, condition string, columns schema.Schema) {
	findings, err := c.catalog.CheckCondition(condition, columns)
	if err != nil {
		c.find(t.Pos, "%s: %v", t.Kind, err)
	}
	for _, f := range findings {
		c.find(t.Pos, "%s: %s: %s", t.Kind, condition, f.Message)
	}
}

// inputs returns the tables that the query and the relationships read, each with its mappings.
func (c *checker) inputs(reads []googlesql.Input) []manifest.Input {
	places := map[string]diag.Pos{}
	for _, in := range reads {
		if _, ok := places[in.Table]; !ok {
			places[in.Table] = in.Pos
		}
	}
	for _, column := range c.header.Columns {
		for _, t := range column.Tests {
			if _, ok := places[t.To]; t.Kind == header.Relationships && !ok {
				places[t.To] = t.Pos
			}
		}
	}
	inputs := []manifest.Input{}
	for _, in := range c.header.Inputs {
		if _, ok := places[in.Table]; !ok {
			c.find(in.Pos, "input %s is not read by the query", in.Table)
		}
	}
	for _, name := range sortedKeys(places) {
		table, ok := c.catalog.Table(name)
		if !ok {
			continue // named by a relationship, and reported there
		}
		inputs = append(inputs, c.mappings(table, places[name])...)
	}
	return inputs
}

// mappings returns the mappings that the header gives a table, or the default.
func (c *checker) mappings(table googlesql.Table, pos diag.Pos) []manifest.Input {
	possible := c.possibleMappings(table.Grain)
	var inputs []manifest.Input
	for _, in := range c.header.Inputs {
		if in.Table != table.Name {
			continue
		}
		switch {
		case in.Mapping == manifest.All && !slices.Contains(possible, in.Mapping):
			c.find(in.Pos, "the mapping all is for a monthly model and for materialized: table: each day of this model would read "+
				"the whole past of %s, and a restated day would run all later ones again; possible: %s", table.Name, joined(possible))
		case !slices.Contains(possible, in.Mapping):
			c.find(in.Pos, "a %s model cannot read the %s table %s by %s; possible: %s",
				c.header.Grain, table.Grain, table.Name, in.Mapping, joined(possible))
		}
		inputs = append(inputs, manifest.Input{Table: table.Name, Grain: table.Grain, Mapping: in.Mapping, N: in.N})
	}
	if len(inputs) == 0 {
		if table.Grain != c.header.Grain {
			c.find(pos, "a %s model reads the %s table %s: give its mapping under inputs; possible: %s",
				c.header.Grain, table.Grain, table.Name, joined(possible))
		}
		return []manifest.Input{{Table: table.Name, Grain: table.Grain, Mapping: manifest.Same}}
	}
	slices.SortFunc(inputs, func(a, b manifest.Input) int {
		return cmp.Or(strings.Compare(string(a.Mapping), string(b.Mapping)), a.N-b.N)
	})
	return inputs
}

// possibleMappings returns the mappings by which the model can read a table of a grain.
func (c *checker) possibleMappings(input partition.Grain) (list []manifest.Mapping) {
	switch model := c.header.Grain; {
	case model == partition.Daily && input == partition.Daily:
		list = []manifest.Mapping{manifest.Same, manifest.LastNDays, manifest.Latest}
	case model == partition.Daily:
		list = []manifest.Mapping{manifest.MonthOf, manifest.PreviousMonth, manifest.LastNMonths, manifest.Latest}
	case input == partition.Daily:
		list = []manifest.Mapping{manifest.EachDay, manifest.Latest}
	default:
		list = []manifest.Mapping{manifest.Same, manifest.PreviousMonth, manifest.LastNMonths, manifest.Latest}
	}
	if model := (manifest.Model{Grain: c.header.Grain, Materialized: c.header.Materialized}); model.ReadsAll() {
		list = append(list, manifest.All)
	}
	return list
}
