package header

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/shared/manifest"
)

// maxDays bounds last_n_days: a year and a day. Each day is a partition that a decision has to look at.
const maxDays = 366

// inputs reads table names with a mapping, or a list of mappings, each.
func (p *parser) inputs(n *yaml.Node) []Input {
	var inputs []Input
	for key, value := range p.pairs(n, "inputs") {
		if !tableName.MatchString(key.Value) {
			p.fault(key, "input %q is not named like raw.medium_stories or mart.story_days", key.Value)
			continue
		}
		mappings := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			mappings = p.list(value)
		}
		seen := map[Input]bool{}
		for _, m := range mappings {
			in := p.mapping(m)
			if seen[in] {
				p.fault(m, "input %s has the mapping %s twice", key.Value, in.Mapping)
			}
			seen[in] = true
			in.Table, in.Pos = key.Value, p.pos(m)
			inputs = append(inputs, in)
		}
	}
	return inputs
}

// mapping reads "same", or "last_n_days: 28" as a mapping of its own.
func (p *parser) mapping(n *yaml.Node) Input {
	if n.Kind != yaml.MappingNode {
		if n.Value == string(manifest.LastNDays) {
			p.fault(n, "last_n_days needs its number: {last_n_days: 28}")
			return Input{}
		}
		return Input{Mapping: oneOf(p, n,
			manifest.Same, manifest.EachDay, manifest.MonthOf, manifest.PreviousMonth, manifest.Latest)}
	}
	in := Input{Mapping: manifest.LastNDays}
	p.object(n, "a mapping", map[string]func(*yaml.Node){
		string(manifest.LastNDays): func(v *yaml.Node) {
			var err error
			if in.N, err = strconv.Atoi(v.Value); err != nil || in.N < 2 || in.N > maxDays {
				p.fault(v, "last_n_days is %q, not a number from 2 to %d", v.Value, maxDays)
			}
		},
	})
	return in
}
