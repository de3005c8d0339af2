package operate

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// drawModels draws models that read the sources' tables and one another.
func drawModels(t *rapid.T) *manifest.Manifest {
	type table struct {
		name  string
		grain partition.Grain
	}
	tables := []table{{"raw.medium_stories", partition.Daily}, {"raw.medium_story_days", partition.Daily},
		{"raw.kit_subscribers", partition.Daily}, {"raw.stripe_transactions", partition.Monthly}, {"raw.drops_files", partition.Monthly}}
	mappings := map[[2]partition.Grain][]manifest.Mapping{
		{partition.Daily, partition.Daily}:     {manifest.Same, manifest.LastNDays, manifest.Latest},
		{partition.Daily, partition.Monthly}:   {manifest.MonthOf, manifest.PreviousMonth, manifest.LastNMonths, manifest.Latest},
		{partition.Monthly, partition.Daily}:   {manifest.EachDay, manifest.Latest, manifest.All},
		{partition.Monthly, partition.Monthly}: {manifest.Same, manifest.PreviousMonth, manifest.LastNMonths, manifest.Latest, manifest.All},
	}
	m := &manifest.Manifest{}
	for n := range rapid.IntRange(1, 5).Draw(t, "models") {
		model := manifest.Model{Name: fmt.Sprint("m", n), Grain: rapid.SampledFrom([]partition.Grain{partition.Daily, partition.Daily, partition.Monthly}).Draw(t, "grain")}
		for range rapid.IntRange(1, 3).Draw(t, "inputs") {
			in := rapid.SampledFrom(tables).Draw(t, "input")
			model.Inputs = append(model.Inputs, manifest.Input{Table: in.name, Grain: in.grain,
				Mapping: rapid.SampledFrom(mappings[[2]partition.Grain{model.Grain, in.grain}]).Draw(t, "mapping"), N: rapid.IntRange(1, 4).Draw(t, "n")})
		}
		m.Models = append(m.Models, coordtest.Model(model, ""))
		tables = append(tables, table{"mart." + model.Name, model.Grain})
	}
	return m
}

// Whatever the models read of one another, whatever was there before, and however often it is killed: in the end each
// model's partition has run at most once since the first call, and the tables are those of a rebuild from scratch.
func TestEachModelsPartitionRunsOnceWhateverTheModelsAndHoweverOftenItIsKilled(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		models := drawModels(rt)
		var s backfillScenario
		s.Now = time.Date(2026, 2, 4, 9, 0, 0, 0, time.UTC)
		for _, source := range []string{"medium", "kit"} {
			if n := rapid.IntRange(0, 4).Draw(rt, source+"'s days before"); n > 0 {
				s.Steps = append(s.Steps, backfillStep{Live: &live{Source: source, From: day("2026-02-04").Add(-n).String(), To: "2026-02-03"}})
			}
		}
		if rapid.Bool().Draw(rt, "restated") {
			s.Steps = append(s.Steps, backfillStep{Restate: &live{Source: "medium", From: "2026-02-01", To: "2026-02-02"}})
		}
		if rapid.Bool().Draw(rt, "dropped") {
			s.Steps = append(s.Steps, backfillStep{Drop: "2026-01"})
		}
		c := backfillCommand{From: rapid.SampledFrom([]string{"2026-01-01", "2026-01-25", "2026-01-31", "2026-02-02"}).Draw(rt, "from"),
			To: rapid.SampledFrom([]string{"2026-02-02", "2026-02-03"}).Draw(rt, "to")}
		if source := rapid.SampledFrom([]string{"", "", "medium", "stripe"}).Draw(rt, "source"); source != "" {
			c.Source = []string{source}
		}
		kills := rapid.SliceOfN(rapid.IntRange(1, 16), 0, 3).Draw(rt, "killed at call")
		for _, n := range kills {
			s.Steps = append(s.Steps, backfillStep{Backfill: &backfillCommand{From: c.From, To: c.To, Source: c.Source, killAt: n}})
		}
		s.Steps = append(s.Steps, backfillStep{Backfill: &backfillCommand{From: c.From, To: c.To, Source: c.Source}})
		var faults []string
		var shown string
		synctest.Test(t, func(t *testing.T) { shown, faults = s.playWith(t, models) })
		for _, fault := range faults {
			rt.Errorf("%s", fault)
		}
		if len(faults) > 0 {
			for _, m := range models.Models {
				rt.Logf("%s %s reads %+v", m.Name, m.Grain, m.Inputs)
			}
			rt.Log(shown)
		}
	})
}
