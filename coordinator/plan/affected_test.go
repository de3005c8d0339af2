package plan_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// A target is affected exactly if the arrival is on its roll.
func TestAffectedReturnsTheTargetsThatReadAnArrival(t *testing.T) {
	all := everything()
	tables := []string{"raw.medium_stories daily", "raw.kit_subscribers daily", "raw.stripe_transactions monthly"}
	byGrains := map[string][]string{
		"daily daily": {"same", "last_n_days 3", "latest", "all"}, "daily monthly": {"month_of", "previous_month", "last_n_months 2", "latest", "all"},
		"monthly daily": {"each_day", "latest", "all"}, "monthly monthly": {"same", "previous_month", "last_n_months 2", "latest", "all"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		grain := rapid.SampledFrom([]partition.Grain{partition.Daily, partition.Monthly}).Draw(rt, "grain")
		table := rapid.SampledFrom(tables).Draw(rt, "table")
		name, of, _ := strings.Cut(table, " ")
		m := model("m", grain, table+" "+rapid.SampledFrom(byGrains[string(grain)+" "+of]).Draw(rt, "mapping"))
		m.Materialized = rapid.SampledFrom(materializations(m)).Draw(rt, "materialized")
		pl := planner(t, rapid.SampledFrom([]string{"2026-10-01", "2026-10-30", "2026-11-05"}).Draw(rt, "start"), m)
		draw := func(label string) partition.Partition {
			return partition.Of(partition.Grain(of), partition.MustParse("2026-10-02").Add(rapid.IntRange(0, 50).Draw(rt, label)).Start())
		}
		at := draw("at")
		arrivals := []string{name + " " + at.String() + " x"}
		for range rapid.IntRange(0, 6).Draw(rt, "others") {
			arrivals = append(arrivals, name+" "+draw("other").String()+" y")
		}
		v := view(t, all, arrivals...)
		targets, unlisted := pl.Affected([]string{name}, at, v, now)
		if len(unlisted) > 0 {
			rt.Fatalf("unlisted: %v", unlisted)
		}
		affected := map[partition.Partition]bool{}
		for _, target := range targets {
			affected[target.Partition] = true
		}
		first, last := partition.MustParse("2026-10-01"), partition.Day(now)
		for p := range partition.Range(partition.Of(grain, first.Start()), partition.Of(grain, last.Start())) {
			r := pl.Call(plan.Target{Model: m, Partition: p}, v)
			reads := pl.Expected(p) && slices.ContainsFunc(r.Present, func(a ledger.Arrival) bool { return a.Table == name && a.Partition == at })
			if reads != affected[p] {
				rt.Errorf("%s: reads %v, affected %v", p, reads, affected[p])
			}
			says := pl.Reads(plan.Target{Model: m, Partition: p}, map[plan.TablePartition]bool{{Table: name, Partition: at}: true}, v)
			if pl.Expected(p) && says != reads {
				rt.Errorf("%s: reads %v, and Reads says %v", p, reads, says)
			}
			delete(affected, p)
		}
		if len(affected) > 0 {
			rt.Errorf("affected beyond now, or before the start: %v", affected)
		}
	})
}

// materializations returns those that a model's mappings allow.
func materializations(m *manifest.Model) []manifest.Materialization {
	if all := m.Inputs[0].Mapping == manifest.All; all && m.Grain == partition.Daily {
		return []manifest.Materialization{manifest.Table}
	}
	return []manifest.Materialization{manifest.Incremental, manifest.Table}
}

// Downstream includes targets that read the tables through other models.
func TestDownstreamGoesThroughOtherModels(t *testing.T) {
	const stories, kit = "raw.medium_stories", "raw.kit_subscribers"
	pl := planner(t, "2026-10-05",
		model("stats", partition.Daily, stories+" daily same"),
		model("growth", partition.Daily, kit+" daily last_n_days 2"),
		model("overview", partition.Daily, "mart.stats daily last_n_days 2", "mart.growth daily same"),
		model("month", partition.Monthly, "mart.overview daily each_day"),
	)
	want := func(table, p string) plan.TablePartition {
		return plan.TablePartition{Table: table, Partition: partition.MustParse(p)}
	}
	for _, c := range []struct {
		by   []plan.TablePartition
		want string
	}{
		{[]plan.TablePartition{want(stories, "2026-11-20")}, "stats 2026-11-20, overview 2026-11-20, overview 2026-11-21, month 2026-11"},
		{[]plan.TablePartition{want(kit, "2026-11-20"), want(stories, "2026-11-21")},
			"stats 2026-11-21, growth 2026-11-20, growth 2026-11-21, overview 2026-11-20, overview 2026-11-21, overview 2026-11-22, month 2026-11"},
		{[]plan.TablePartition{want("mart.overview", "2026-10-31")}, "month 2026-10"},
		{[]plan.TablePartition{want("mart.month", "2026-10")}, ""},
	} {
		targets, unlisted := pl.Downstream(c.by, &ledger.View{}, now)
		if got := texts(targets); got != c.want || len(unlisted) > 0 {
			t.Errorf("by %v: %s, unlisted %v\nwant %s", c.by, got, unlisted, c.want)
		}
	}
}

// A target is blocked if it waits for the tables, directly or not; one that only may read them is not.
func TestBlockedTargetsWaitForTheTables(t *testing.T) {
	const stories, kit, stripe = "raw.medium_stories", "raw.kit_subscribers", "raw.stripe_transactions"
	pl := planner(t, "2026-10-05",
		model("stats", partition.Daily, stories+" daily same"),
		model("growth", partition.Daily, kit+" daily last_n_days 3"),
		model("month", partition.Monthly, "mart.stats daily each_day", stripe+" monthly same"),
		model("overview", partition.Daily, "mart.stats daily last_n_days 5", "mart.month monthly latest"),
		model("before", partition.Daily, "mart.month monthly previous_month"),
		model("past", partition.Monthly, "mart.stats daily all", stripe+" monthly last_n_months 3"),
	)
	for _, c := range []struct{ table, partition, want string }{
		{stories, "2026-11-21", "stats 2026-11-21, month 2026-11, overview 2026-11-21, past 2026-11"},
		{kit, "2026-11-20", "growth 2026-11-20"},
		{kit, "2026-10-04", ""},
		{stripe, "2026-11", "month 2026-11, past 2026-11"},
		{stripe, "2026-10", "month 2026-10, " + texts(days("before ", "2026-11-01", "2026-11-22")) + ", past 2026-10"},
		{"mart.stats", "2026-11-20", "month 2026-11, overview 2026-11-20, past 2026-11"},
		{"mart.overview", "2026-11-20", ""},
	} {
		got := texts(pl.Blocked([]plan.TablePartition{{Table: c.table, Partition: partition.MustParse(c.partition)}}, now))
		if got != c.want {
			t.Errorf("by %s %s: %s\nwant %s", c.table, c.partition, got, c.want)
		}
	}
}
