package propose

import (
	"slices"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/compare"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
	"example.com/rollcall/shared/manifest"
)

// stands looks for a model of the project that gives all that the proposed one would, row for row, and makes the proposal
// stand for that: its name, and the names that its columns have there.
func (p *planner) stands(m *Model) bool {
	tables := slices.Clone(p.settings.Tables)
	for _, made := range p.plan.Models {
		tables = append(tables, made.asTable())
	}
	mine := relation(m.Name, m.SQL, tables)
	if mine == nil {
		return false
	}
	if p.standing == nil {
		p.standing = map[string]*algebra.Relation{}
		for _, model := range p.settings.Models {
			p.standing[model.Name] = relation(model.Name, model.SQL[manifest.BigQuery].Stage, p.settings.Tables)
		}
	}
	for _, model := range p.settings.Models {
		incremental := model.Materialized == manifest.Incremental
		if model.Grain != m.Grain || incremental != m.Incremental() {
			continue
		}
		c := compare.Pair(mine, p.standing[model.Name])
		if (c.Verdict != compare.Same && c.Verdict != compare.Contained) || len(c.Where) > 0 {
			continue
		}
		delete(p.names, m.Name)
		m.Stands, m.Name = true, model.Name
		if incremental {
			m.PartitionBy = model.PartitionBy
		}
		for i := range m.Columns {
			m.Columns[i].Name = c.Columns[i]
		}
		m.Notes = nil
		return true
	}
	return false
}

// asTable is the proposed model as those that read it see it.
func (m *Model) asTable() *resolve.Table {
	t := &resolve.Table{Name: m.Table(), Origin: resolve.Project, Grain: m.Grain, PartitionBy: m.PartitionBy}
	for i, c := range m.Columns {
		t.Columns = append(t.Columns, resolve.Column{Name: c.Name, Type: m.View.Columns[i].Type})
	}
	return t
}

// relation is what a model's query means, its inputs being tables; nil when it has no form that can be compared.
func relation(name, sql string, tables []*resolve.Table) *algebra.Relation {
	v, err := resolve.Alone(name, sql, tables)
	if err != nil {
		return nil // it is held against the project by modelc itself
	}
	return v.Relation
}
