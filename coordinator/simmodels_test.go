package coordinator

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// drawModels draws a graph of models over the raw tables.
func drawModels(rt *rapid.T) []*manifest.Model {
	inputs := []manifest.Input{
		{Table: "raw.medium_stories", Grain: partition.Daily}, {Table: "raw.medium_story_days", Grain: partition.Daily},
		{Table: "raw.kit_subscribers", Grain: partition.Daily}, {Table: "raw.stripe_transactions", Grain: partition.Monthly},
	}
	var models []*manifest.Model
	for i := range rapid.IntRange(1, 5).Draw(rt, "models") {
		grains := []partition.Grain{partition.Daily, partition.Daily, partition.Monthly}
		m := manifest.Model{Name: string(rune('a' + i)), Grain: rapid.SampledFrom(grains).Draw(rt, "grain")}
		switch rapid.IntRange(0, 5).Draw(rt, "materialized") {
		case 0:
			m.Materialized = manifest.Table // no model reads it: it has no partitions
		case 1:
			m.Materialized, m.Strategy = manifest.Incremental, manifest.Merge
		}
		for range rapid.IntRange(1, 3).Draw(rt, "inputs") {
			in := rapid.SampledFrom(inputs).Draw(rt, "input")
			possible := mappings[[2]partition.Grain{m.Grain, in.Grain}]
			if m.ReadsAll() {
				possible = append(slices.Clone(possible), manifest.All)
			}
			in.Mapping = rapid.SampledFrom(possible).Draw(rt, "mapping")
			if in.Mapping == manifest.LastNDays || in.Mapping == manifest.LastNMonths {
				in.N = rapid.IntRange(1, 3).Draw(rt, "n")
			}
			m.Inputs = append(m.Inputs, in)
		}
		slices.SortFunc(m.Inputs, func(a, b manifest.Input) int { return strings.Compare(a.Table, b.Table) })
		model := coordtest.Model(m, rapid.SampledFrom([]string{"v1", "rough"}).Draw(rt, "version"))
		models = append(models, model)
		if model.Materialized != manifest.Table {
			inputs = append(inputs, manifest.Input{Table: model.TableName(), Grain: model.Grain})
		}
	}
	return models
}

// mappings holds the possible mappings by the grains of a model and of an input, besides all.
var mappings = map[[2]partition.Grain][]manifest.Mapping{
	{partition.Daily, partition.Daily}:     {manifest.Same, manifest.Same, manifest.LastNDays, manifest.Latest},
	{partition.Daily, partition.Monthly}:   {manifest.MonthOf, manifest.PreviousMonth, manifest.LastNMonths, manifest.Latest},
	{partition.Monthly, partition.Daily}:   {manifest.EachDay, manifest.EachDay, manifest.Latest},
	{partition.Monthly, partition.Monthly}: {manifest.Same, manifest.PreviousMonth, manifest.LastNMonths, manifest.Latest},
}
