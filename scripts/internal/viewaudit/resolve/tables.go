package resolve

import (
	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/internal/viewaudit/read"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// Alone is what one query means that reads tables alone.
func Alone(name, sql string, tables []*Table) (*View, error) {
	v := &read.View{Name: "alone." + name, File: name, Text: sql, SQL: sql}
	result, faults, err := Resolve([]*read.View{v}, Settings{Tables: tables})
	if err == nil {
		err = faults.Err()
	}
	if err != nil {
		return nil, err
	}
	return result.Views[0], nil
}

// OfProject is a raw table or a model of this project.
func OfProject(t catalog.Table) *Table {
	table := &Table{Name: t.Name, Origin: Project, Grain: t.Grain, PartitionBy: t.PartitionBy}
	for _, f := range t.Schema {
		typ := string(f.Type)
		if f.Mode == schema.Repeated {
			typ = "ARRAY<" + typ + ">"
		}
		table.Columns = append(table.Columns, Column{f.Name, typ, f.Mode == schema.Required, f.Description})
	}
	return table
}

// Describe is a table that INFORMATION_SCHEMA.COLUMNS tells of. Its partitions are taken for days.
func Describe(t *read.Table) *Table {
	table := &Table{Name: t.Name, Origin: Described, Grain: partition.Daily, PartitionBy: t.PartitionBy}
	for _, c := range t.Columns {
		table.Columns = append(table.Columns, Column{Name: c.Name, Type: c.Type, Required: c.Required})
	}
	return table
}
