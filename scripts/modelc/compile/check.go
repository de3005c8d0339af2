package compile

import (
	"fmt"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql/analysis"
	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/modelc/header"
	"example.com/rollcall/scripts/modelc/statement"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
)

// checker holds a model's header against what its query really is.
type checker struct {
	*source
	catalog *catalog.Catalog
	faults  *diag.List
	sound   bool // whether the header describes the columns that the query gives
}

func (c *checker) fault(pos diag.Pos, format string, args ...any) {
	c.faults.Add(c.file, pos, format, args...)
}

// columns joins the header's columns with the query's, which must be the same, in the same order.
func (c *checker) columns(given []analysis.Column) []manifest.Column {
	var columns []manifest.Column
	before, seen := len(*c.faults), map[string]bool{}
	for _, g := range given {
		if seen[g.Name] {
			c.fault(c.header.At("columns"), "the query gives two columns named %s", g.Name)
			continue
		}
		seen[g.Name] = true
		h := c.header.Column(g.Name)
		if h == nil {
			c.fault(c.header.At("columns"), "column %s of the query is not described", g.Name)
			continue
		}
		columns = append(columns, manifest.Column{
			Field:   schema.Field{Name: g.Name, Type: g.Type, Mode: g.Mode, Description: h.Description},
			Lineage: g.Lineage,
		})
	}
	for _, h := range c.header.Columns {
		if !seen[h.Name] {
			c.fault(h.Pos, "column %s is described, but the query does not give it", h.Name)
		}
		if strings.HasPrefix(h.Name, statement.HashPrefix) {
			c.fault(h.Pos, "column name %s begins with %s, as the audit's own do", h.Name, statement.HashPrefix)
		}
		if c.catalog.Reserved(h.Name) {
			c.fault(h.Pos, "column name %s is a reserved word of GoogleSQL", h.Name)
		}
	}
	if len(*c.faults) > before {
		return columns
	}
	for i, h := range c.header.Columns {
		if columns[i].Name != h.Name {
			c.fault(h.Pos, "column %s stands here, where the query gives %s: describe the columns in the query's order",
				h.Name, columns[i].Name)
			return columns
		}
	}
	c.sound = true
	return columns
}

// keys checks the columns that the header names as keys.
func (c *checker) keys(m *manifest.Model) {
	if by := m.PartitionBy; by != "" {
		f, ok := m.Schema().Field(by)
		if !ok {
			c.fault(c.header.At("partition_by"), "partition_by names the column %s, which the query does not give", by)
		} else if f.Type != schema.Date || f.Mode == schema.Repeated {
			c.fault(c.header.At("partition_by"), "partition_by names the column %s, whose type is %s, not DATE",
				by, describe(f))
		}
	}
	for key, names := range map[string][]string{"unique_key": m.UniqueKey, "cluster_by": m.ClusterBy} {
		for _, name := range names {
			f, ok := m.Schema().Field(name)
			if !ok {
				c.fault(c.header.At(key), "%s names the column %s, which the query does not give", key, name)
			} else if !groupable(f) {
				c.fault(c.header.At(key), "%s names the column %s, whose type %s cannot be a key", key, name, describe(f))
			}
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

// tests checks what the tests name; that their conditions hold is the audit's to find out, run by run.
func (c *checker) tests(m *manifest.Model) {
	columns := m.Schema()
	test := func(t header.Test, column string) {
		switch t.Kind {
		case header.Unique:
			for _, name := range t.Columns {
				if f, ok := columns.Field(name); !ok {
					c.fault(t.Pos, "unique names the column %s, which the query does not give", name)
				} else if !groupable(f) {
					c.fault(t.Pos, "unique names the column %s, whose type %s cannot be a key", name, describe(f))
				}
			}
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
		c.fault(t.Pos, "relationships to %s, which is not a table", t.To)
		return
	}
	field, ok := to.Schema.Field(t.Field)
	if !ok {
		c.fault(t.Pos, "relationships to %s.%s, a column that the table does not have", t.To, t.Field)
		return
	}
	own, _ := columns.Field(column)
	if describe(own) != describe(field) || !groupable(own) {
		c.fault(t.Pos, "relationships from %s, whose type is %s, to %s.%s, whose type is %s",
			column, describe(own), t.To, t.Field, describe(field))
	}
}

func (c *checker) condition(t header.Test, condition string, columns schema.Schema) {
	findings, err := analysis.Condition(c.catalog, condition, columns)
	if err != nil {
		c.fault(t.Pos, "%s: %v", t.Kind, err)
	}
	for _, f := range findings {
		c.fault(t.Pos, "%s: %s: %s", t.Kind, condition, f.Message)
	}
}
