package operate

import (
	"cmp"
	"fmt"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

var day = partition.MustParse

// scenarioModel is a model in given.yaml; its inputs are written "raw.medium_stories daily last_n_days 3".
type scenarioModel struct {
	Name         string                   `yaml:"name"`
	Grain        partition.Grain          `yaml:"grain"`
	Materialized manifest.Materialization `yaml:"materialized"`
	Inputs       []string                 `yaml:"inputs"`
	SQL          string                   `yaml:"sql"`
}

// scenarioModels returns the models of a scenario, with other SQL for some of them.
func scenarioModels(list []scenarioModel, sql map[string]string) *manifest.Manifest {
	m := &manifest.Manifest{}
	for _, sm := range list {
		model := manifest.Model{Name: sm.Name, Grain: cmp.Or(sm.Grain, partition.Daily), Materialized: sm.Materialized}
		for _, text := range sm.Inputs {
			var in manifest.Input
			if n, err := fmt.Sscan(text, &in.Table, &in.Grain, &in.Mapping, &in.N); n < 3 {
				panic(fmt.Sprintf("%s: %v", text, err))
			}
			model.Inputs = append(model.Inputs, in)
		}
		m.Models = append(m.Models, coordtest.Model(model, cmp.Or(sql[sm.Name], sm.SQL)))
	}
	return m
}
