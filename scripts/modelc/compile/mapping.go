package compile

import (
	"cmp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql/analysis"
	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/modelc/header"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// inputs are the tables that the query and the relationships read, each with its mappings.
func (c *checker) inputs(reads []analysis.Input) []manifest.Input {
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
			c.fault(in.Pos, "input %s is not read by the query", in.Table)
		}
	}
	for _, name := range sortedKeys(places) {
		table, ok := c.catalog.Table(name)
		if !ok {
			continue // of a relationship, and reported with that
		}
		inputs = append(inputs, c.mappings(table, places[name])...)
	}
	return inputs
}

// mappings are those that the header gives a table, or the default.
func (c *checker) mappings(table catalog.Table, pos diag.Pos) []manifest.Input {
	possible := fitting(c.header.Grain, table.Grain)
	var inputs []manifest.Input
	for _, in := range c.header.Inputs {
		if in.Table != table.Name {
			continue
		}
		if !slices.Contains(possible, in.Mapping) {
			c.fault(in.Pos, "a %s model cannot read the %s table %s by %s; possible: %s",
				c.header.Grain, table.Grain, table.Name, in.Mapping, words(possible))
		}
		inputs = append(inputs, manifest.Input{Table: table.Name, Grain: table.Grain, Mapping: in.Mapping, N: in.N})
	}
	if len(inputs) == 0 {
		if table.Grain != c.header.Grain {
			c.fault(pos, "a %s model reads the %s table %s: say by which mapping under inputs; possible: %s",
				c.header.Grain, table.Grain, table.Name, words(possible))
		}
		return []manifest.Input{{Table: table.Name, Grain: table.Grain, Mapping: manifest.Same}}
	}
	slices.SortFunc(inputs, func(a, b manifest.Input) int {
		return cmp.Or(strings.Compare(string(a.Mapping), string(b.Mapping)), a.N-b.N)
	})
	return inputs
}

// fitting are the mappings by which a model of one grain can read a table of another.
func fitting(model, input partition.Grain) []manifest.Mapping {
	switch {
	case model == partition.Daily && input == partition.Daily:
		return []manifest.Mapping{manifest.Same, manifest.LastNDays, manifest.Latest}
	case model == partition.Daily:
		return []manifest.Mapping{manifest.MonthOf, manifest.PreviousMonth, manifest.Latest}
	case input == partition.Daily:
		return []manifest.Mapping{manifest.EachDay, manifest.Latest}
	}
	return []manifest.Mapping{manifest.Same, manifest.PreviousMonth, manifest.Latest}
}

func words(mappings []manifest.Mapping) string {
	list := make([]string, len(mappings))
	for i, m := range mappings {
		list[i] = string(m)
	}
	return strings.Join(list, ", ")
}
