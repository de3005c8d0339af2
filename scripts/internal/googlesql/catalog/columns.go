package catalog

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-googlesql"
)

// Column is a column of any type of GoogleSQL's, also one that no table of Rollcall's can have.
type Column struct {
	Name string
	Type googlesql.Googlesql_TypeNode
}

// AddColumns makes a table with such columns known as dataset.table. Table does not find it.
func (c *Catalog) AddColumns(name string, columns []Column) error {
	parts := strings.Split(name, ".")
	if len(parts) != 2 {
		return errors.New("the name is not dataset.table")
	}
	if c.spelled[key(parts)] != nil {
		return errors.New("stands twice")
	}
	table, err := googlesql.NewSimpleTable(parts[1], 0)
	if err != nil {
		return err
	}
	if err := table.SetFullName(name); err != nil {
		return err
	}
	c.keep = append(c.keep, table)
	for _, f := range columns {
		column, err := googlesql.NewSimpleColumn(name, f.Name, f.Type, false, true)
		if err != nil {
			return err
		}
		if err := table.AddColumn2(column, false); err != nil {
			return err
		}
		c.keep = append(c.keep, f.Type, column)
	}
	return c.spell(table, parts)
}

// Spell makes a table that is known by name known by another path too, whose parts are given without quotes. A path that
// is known already stays what it is.
func (c *Catalog) Spell(name string, path ...string) error {
	table := c.spelled[key(strings.Split(name, "."))]
	if table == nil {
		return fmt.Errorf("catalog: no table %s", name)
	}
	if c.spelled[key(path)] != nil {
		return nil
	}
	return c.spell(table, path)
}

func (c *Catalog) spell(table *googlesql.SimpleTable, path []string) error {
	in := c.root
	for i := range path[:len(path)-1] {
		dataset := key(path[:i+1])
		if c.datasets[dataset] == nil {
			made, err := in.MakeOwnedSimpleCatalog(path[i])
			if err != nil {
				return err
			}
			c.datasets[dataset] = made
		}
		in = c.datasets[dataset]
	}
	c.spelled[key(path)] = table
	return in.AddTable2(path[len(path)-1], table)
}

// key is a path to look names up by: the analyzer does not tell upper from lower case in them.
func key(path []string) string { return strings.ToLower(strings.Join(path, " ")) }

// TypeNamed is the type that a name like ARRAY<STRUCT<a INT64>> stands for.
func (c *Catalog) TypeNamed(name string) (googlesql.Googlesql_TypeNode, error) {
	options, err := c.Options()
	if err != nil {
		return nil, fmt.Errorf("GoogleSQL's analyzer options: %w", err)
	}
	typ, err := googlesql.AnalyzeType(name, options, c.root, c.types)
	if err != nil {
		return nil, parseError(err)
	}
	return typ, nil
}
