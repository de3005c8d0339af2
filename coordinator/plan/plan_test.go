package plan_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// input parses text like "raw.kit_subscribers daily last_n_days 28".
func input(text string) manifest.Input {
	var in manifest.Input
	if n, err := fmt.Sscan(text, &in.Table, &in.Grain, &in.Mapping, &in.N); n < 3 {
		panic(err)
	}
	return in
}

func model(name string, grain partition.Grain, inputs ...string) *manifest.Model {
	m := manifest.Model{Name: name, Grain: grain}
	for _, text := range inputs {
		m.Inputs = append(m.Inputs, input(text))
	}
	return coordtest.Model(m, "v1")
}

// planner returns a planner for a pipeline that starts on a day. In "2026-08-01 kit 2026-11-20" the source kit
// was added later.
func planner(t testing.TB, start string, models ...*manifest.Model) *plan.Planner {
	t.Helper()
	added := map[string]string{}
	f := strings.Fields(start)
	if len(f) == 3 {
		added[f[1]] = f[2]
	}
	p, err := coordtest.Pipeline(coordtest.Setting{Start: f[0], Added: added})
	if err != nil {
		t.Fatal(err)
	}
	pl, err := plan.New(&manifest.Manifest{Models: models}, p)
	if err != nil {
		t.Fatal(err)
	}
	return pl
}

// view returns a view of a ledger in which things like "raw.kit_subscribers 2026-11-21 x" have arrived, one
// minute apart.
func view(t testing.TB, listed []partition.Partition, arrivals ...string) *ledger.View {
	t.Helper()
	l := ledger.New(&coordtest.Store{}, "test")
	for i, text := range arrivals {
		f := strings.Fields(text)
		e := event.Event{LoadID: fmt.Sprint("load-", i), Partition: partition.MustParse(f[1]), Tables: []event.Table{{
			Table: f[0], Digest: coordtest.Digest(f[2]), LoadedAt: now.Add(time.Duration(i) * time.Minute)}}}
		if err := l.RecordArrivals(t.Context(), e, now); err != nil {
			t.Fatal(err)
		}
	}
	v := &ledger.View{}
	if err := l.List(t.Context(), v, listed); err != nil {
		t.Fatal(err)
	}
	return v
}

// hold adds holds to a view: "2026-11-21 10" is one on a partition until ten minutes from now.
func hold(t testing.TB, v *ledger.View, holds ...string) {
	t.Helper()
	l := ledger.New(&coordtest.Store{}, "test")
	for i, text := range holds {
		day, minutes, _ := strings.Cut(text, " ")
		n, err := strconv.Atoi(minutes)
		if err != nil {
			t.Fatal(err)
		}
		h := ledger.Hold{ID: fmt.Sprint("hold-", i), Until: now.Add(time.Duration(n) * time.Minute)}
		p := []partition.Partition{partition.MustParse(day)}
		if err := l.Hold(t.Context(), h, p, now.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := l.List(t.Context(), v, p); err != nil {
			t.Fatal(err)
		}
	}
}

// everything returns every partition from October to December 2026.
func everything() []partition.Partition {
	list := slices.Collect(partition.Range(partition.MustParse("2026-10-01"), partition.MustParse("2026-12-31")))
	return append(list, slices.Collect(partition.Range(partition.MustParse("2026-08"), partition.MustParse("2026-12")))...)
}

func texts[T fmt.Stringer](list []T) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, v.String())
	}
	return strings.Join(parts, ", ")
}

// The roll of a target, by mapping: what is present, what is missing.
func TestTheRollOfATarget(t *testing.T) {
	const stories, days, stripe = "raw.medium_stories", "raw.medium_story_days", "raw.stripe_transactions"
	for _, c := range []struct {
		name     string
		start    string
		grain    partition.Grain
		table    bool // materialized: table
		inputs   []string
		target   string
		arrivals []string
		present  string
		missing  string
	}{
		{name: "same, nothing there", grain: partition.Daily, inputs: []string{stories + " daily same"}, target: "2026-11-21",
			arrivals: []string{stories + " 2026-11-20 x"}, missing: stories + " 2026-11-21"},
		{name: "same, there", grain: partition.Daily, inputs: []string{stories + " daily same"}, target: "2026-11-21",
			arrivals: []string{stories + " 2026-11-21 x"}, present: "2026-11-21"},
		{name: "each_day, two missing", start: "2026-11-25", grain: partition.Monthly, inputs: []string{days + " daily each_day"}, target: "2026-11",
			arrivals: []string{days + " 2026-11-26 x", days + " 2026-11-27 x", days + " 2026-11-28 x", days + " 2026-11-30 x"},
			present:  "2026-11-26, 2026-11-27, 2026-11-28, 2026-11-30", missing: days + " 2026-11-25, " + days + " 2026-11-29"},
		{name: "each_day, what lies before the start is not waited for, and counts", start: "2026-11-30", grain: partition.Monthly,
			inputs: []string{days + " daily each_day"}, target: "2026-11", arrivals: []string{days + " 2026-11-30 x", days + " 2026-11-03 x"},
			present: "2026-11-03, 2026-11-30"},
		{name: "month_of", grain: partition.Daily, inputs: []string{stripe + " monthly month_of"}, target: "2026-11-21",
			missing: stripe + " 2026-11"},
		{name: "previous_month of a month", grain: partition.Monthly, inputs: []string{stripe + " monthly previous_month"}, target: "2026-11",
			missing: stripe + " 2026-10"},
		{name: "previous_month of a day", grain: partition.Daily, inputs: []string{stripe + " monthly previous_month"}, target: "2026-11-21",
			arrivals: []string{stripe + " 2026-10 x"}, present: "2026-10"},
		{name: "previous_month, wholly before the start", start: "2026-11-01", grain: partition.Monthly,
			inputs: []string{stripe + " monthly same", stripe + " monthly previous_month"}, target: "2026-11",
			arrivals: []string{stripe + " 2026-11 x"}, present: "2026-11"},
		{name: "one table, two mappings", grain: partition.Monthly,
			inputs: []string{stripe + " monthly same", stripe + " monthly previous_month"}, target: "2026-11",
			arrivals: []string{stripe + " 2026-10 x"}, present: "2026-10", missing: stripe + " 2026-11"},
		{name: "last_n_days waits for the day, and counts those before it", grain: partition.Daily, inputs: []string{days + " daily last_n_days 3"},
			target: "2026-11-21", arrivals: []string{days + " 2026-11-18 x", days + " 2026-11-19 x"}, present: "2026-11-19", missing: days + " 2026-11-21"},
		{name: "latest of a daily table", grain: partition.Daily, inputs: []string{stories + " daily latest"}, target: "2026-11-21",
			arrivals: []string{stories + " 2026-10-20 x", stories + " 2026-10-30 x", stories + " 2026-11-22 x"}, present: "2026-10-30"},
		{name: "latest of a monthly table", grain: partition.Daily, inputs: []string{stripe + " monthly latest"}, target: "2026-11-21",
			arrivals: []string{stripe + " 2026-09 x", stripe + " 2026-12 x"}, present: "2026-09"},
		{name: "latest does not see a month before its last day", grain: partition.Daily, inputs: []string{stripe + " monthly latest"}, target: "2026-11-29",
			arrivals: []string{stripe + " 2026-10 x", stripe + " 2026-11 x"}, present: "2026-10"},
		{name: "latest sees a month on its last day", grain: partition.Daily, inputs: []string{stripe + " monthly latest"}, target: "2026-11-30",
			arrivals: []string{stripe + " 2026-10 x", stripe + " 2026-11 x"}, present: "2026-11"},
		{name: "latest, for a month, is as of its end", grain: partition.Monthly, inputs: []string{stories + " daily latest"}, target: "2026-11",
			arrivals: []string{stories + " 2026-11-03 x", stories + " 2026-11-29 x", stories + " 2026-12-01 x"}, present: "2026-11-29"},
		{name: "latest does not look before the start", start: "2026-11-01", grain: partition.Daily, inputs: []string{stories + " daily latest"},
			target: "2026-11-21", arrivals: []string{stories + " 2026-10-31 x"}},
		{name: "last_n_months of a month waits for the month, and counts those before it", grain: partition.Monthly,
			inputs: []string{stripe + " monthly last_n_months 3"}, target: "2026-11",
			arrivals: []string{stripe + " 2026-08 x", stripe + " 2026-09 x", stripe + " 2026-12 x"}, present: "2026-09", missing: stripe + " 2026-11"},
		{name: "last_n_months of a day waits for none", grain: partition.Daily, inputs: []string{stripe + " monthly last_n_months 2"},
			target: "2026-11-29", arrivals: []string{stripe + " 2026-08 x", stripe + " 2026-09 x", stripe + " 2026-11 x"}, present: "2026-09"},
		{name: "last_n_months sees a month on its last day", grain: partition.Daily, inputs: []string{stripe + " monthly last_n_months 2"},
			target: "2026-11-30", arrivals: []string{stripe + " 2026-09 x", stripe + " 2026-11 x"}, present: "2026-11"},
		{name: "last_n_months counts what has arrived from before the start, as last_n_days does", start: "2026-11-01", grain: partition.Monthly,
			inputs: []string{stripe + " monthly last_n_months 3"}, target: "2026-11",
			arrivals: []string{stripe + " 2026-10 x", stripe + " 2026-11 x"}, present: "2026-10, 2026-11"},
		{name: "all of a month by days waits for its days", start: "2026-10-30", grain: partition.Monthly, inputs: []string{stories + " daily all"},
			target: "2026-10", arrivals: []string{stories + " 2026-10-29 x", stories + " 2026-10-30 x", stories + " 2026-11-01 x"},
			present: "2026-10-30", missing: stories + " 2026-10-31"},
		{name: "all of a month by months waits for its month", grain: partition.Monthly, inputs: []string{stripe + " monthly all"}, target: "2026-11",
			arrivals: []string{stripe + " 2026-07 x", stripe + " 2026-08 x", stripe + " 2026-12 x"}, present: "2026-08", missing: stripe + " 2026-11"},
		{name: "all of a day by days waits for its day", start: "2026-10-01", grain: partition.Daily, table: true, inputs: []string{stories + " daily all"},
			target: "2026-11-21", arrivals: []string{stories + " 2026-09-30 x", stories + " 2026-10-01 x", stories + " 2026-11-20 x", stories + " 2026-11-22 x"},
			present: "2026-10-01, 2026-11-20", missing: stories + " 2026-11-21"},
		{name: "all of a day by months waits for none", grain: partition.Daily, table: true, inputs: []string{stripe + " monthly all"},
			target: "2026-11-21", arrivals: []string{stripe + " 2026-10 x", stripe + " 2026-11 x"}, present: "2026-10"},
		{name: "the newest version counts once", grain: partition.Daily, inputs: []string{stories + " daily same", stories + " daily last_n_days 2"},
			target: "2026-11-21", arrivals: []string{stories + " 2026-11-21 x", stories + " 2026-11-21 y"}, present: "2026-11-21"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.start == "" {
				c.start = "2026-08-01"
			}
			m := model("m", c.grain, c.inputs...)
			if c.table {
				m.Materialized = manifest.Table
			}
			pl := planner(t, c.start, m)
			target := plan.Target{Model: pl.Models()[0], Partition: partition.MustParse(c.target)}
			v := view(t, everything(), c.arrivals...)
			r := pl.Call(target, v)
			var present []partition.Partition
			for _, a := range r.Present {
				present = append(present, a.Partition)
			}
			if got := texts(present); got != c.present {
				t.Errorf("present: %s\nwant:    %s", got, c.present)
			}
			if got := texts(r.Missing); got != c.missing {
				t.Errorf("missing: %s\nwant:    %s", got, c.missing)
			}
			if unlisted := pl.Unlisted(target, v); len(unlisted) > 0 {
				t.Errorf("asks to list %v, but everything is listed", unlisted)
			}
		})
	}
}

// Partitions before the start of a source that was added later are not waited for, by its readers or by their
// readers.
func TestNothingWaitsForASourceBeforeItsStart(t *testing.T) {
	const stories, kit, stripe = "raw.medium_stories", "raw.kit_subscribers", "raw.stripe_transactions"
	models := []*manifest.Model{
		model("growth", partition.Daily, kit+" daily last_n_days 2"),
		model("stats", partition.Daily, stories+" daily same"),
		model("newest", partition.Daily, kit+" daily latest"),
		model("overview", partition.Daily, "mart.growth daily same", "mart.newest daily same", "mart.stats daily same"),
		model("month", partition.Monthly, "mart.growth daily each_day", stripe+" monthly same"),
		model("before", partition.Monthly, "mart.month monthly previous_month", stripe+" monthly same"),
	}
	pl := planner(t, "2026-08-01 kit 2026-11-20", models...)
	for _, c := range []struct{ target, missing string }{
		{"growth 2026-11-19", ""},
		{"growth 2026-11-20", kit + " 2026-11-20"},
		{"overview 2026-11-19", "mart.stats 2026-11-19"},
		{"overview 2026-11-20", "mart.growth 2026-11-20, mart.newest 2026-11-20, mart.stats 2026-11-20"},
		{"month 2026-10", stripe + " 2026-10"},
		{"month 2026-11", "mart.growth 2026-11-20, mart.growth 2026-11-21, mart.growth 2026-11-22, mart.growth 2026-11-23, mart.growth 2026-11-24, " +
			"mart.growth 2026-11-25, mart.growth 2026-11-26, mart.growth 2026-11-27, mart.growth 2026-11-28, mart.growth 2026-11-29, " +
			"mart.growth 2026-11-30, raw.stripe_transactions 2026-11"},
		{"before 2026-08", stripe + " 2026-08"}, // the month before lies before the pipeline's start
		{"before 2026-10", "mart.month 2026-09, " + stripe + " 2026-10"},
	} {
		name, p, _ := strings.Cut(c.target, " ")
		i := slices.IndexFunc(models, func(m *manifest.Model) bool { return m.Name == name })
		target := plan.Target{Model: models[i], Partition: partition.MustParse(p)}
		if got := texts(pl.Call(target, view(t, everything())).Missing); got != c.missing {
			t.Errorf("%s: missing %s\nwant %s", c.target, got, c.missing)
		}
		arrived := pl.Call(target, view(t, everything(), kit+" 2026-11-19 x"))
		if c.target == "growth 2026-11-19" && len(arrived.Present) != 1 {
			t.Errorf("%s: what has arrived from before the source's start does not count", c.target)
		}
	}
}

// Partitions that are not listed yet are listed in few rounds, however old the newest arrival is.
func TestUnlistedPartitionsAreListedInFewRounds(t *testing.T) {
	pl := planner(t, "2020-01-01", model("m", partition.Daily, "raw.medium_stories daily latest", "raw.kit_subscribers daily last_n_days 2"))
	target := plan.Target{Model: pl.Models()[0], Partition: partition.MustParse("2026-11-21")}
	var listed []partition.Partition
	rounds := 0
	for {
		unlisted := pl.Unlisted(target, view(t, listed, "raw.kit_subscribers 2026-11-21 x"))
		if len(unlisted) == 0 {
			break
		}
		for _, p := range unlisted {
			if slices.Contains(listed, p) {
				t.Fatalf("%s is asked for although it is listed", p)
			}
		}
		listed = append(listed, unlisted...)
		if rounds++; rounds > 15 {
			t.Fatalf("%d rounds, and still %d unlisted", rounds, len(unlisted))
		}
	}
	if n := len(listed); n < 2517 || n > 2600 { // every day since the start: nothing has ever arrived
		t.Errorf("%d partitions were asked for", n)
	}
}

type text string

func (s text) String() string { return string(s) }

func days(prefix, from, to string) (list []text) {
	for p := range partition.Range(partition.MustParse(from), partition.MustParse(to)) {
		list = append(list, text(prefix+p.String()))
	}
	return list
}

// Once a target must wait, its other inputs need not be listed.
func TestAWaitingTargetNeedsNoMoreListings(t *testing.T) {
	pl := planner(t, "2020-01-01", model("m", partition.Daily, "raw.medium_stories daily latest", "raw.kit_subscribers daily same"))
	target := plan.Target{Model: pl.Models()[0], Partition: partition.MustParse("2026-11-21")}
	v := view(t, []partition.Partition{target.Partition})
	unlisted, missing := pl.Unlisted(target, v), pl.Call(target, v).Missing
	if len(unlisted) > 0 || texts(missing) != "raw.kit_subscribers 2026-11-21" {
		t.Errorf("unlisted %v, missing %v", unlisted, missing)
	}
}

func TestFaultsOfAManifestAreReportedTogether(t *testing.T) {
	p, err := coordtest.Pipeline(coordtest.Setting{Start: "2026-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = plan.New(&manifest.Manifest{Models: []*manifest.Model{
		model("a", partition.Daily, "raw.unknown daily same", "raw.stripe_transactions daily same"),
		model("b", partition.Monthly, "raw.kit_subscribers daily same", "raw.kit_subscribers daily last_n_days 3", "mart.c monthly same"),
		model("c", partition.Daily, "raw.kit_subscribers daily last_n_days 0", "raw.kit_subscribers daily sometimes", "raw.stripe_transactions monthly each_day",
			"raw.kit_subscribers daily all", "raw.kit_subscribers daily last_n_months 2", "raw.stripe_transactions monthly last_n_months 61"),
	}}, p)
	want := strings.Split(`plan: model a: input raw.unknown: no source and no earlier model has this table
plan: model a: input raw.stripe_transactions: is monthly, and the manifest says daily; run go generate ./coordinator/models
plan: model b: input raw.kit_subscribers: mapping same is for a daily model and a monthly input, not for monthly and daily
plan: model b: input raw.kit_subscribers: mapping last_n_days is for a daily model and a daily input, not for monthly and daily
plan: model b: input mart.c: no source and no earlier model has this table
plan: model c: input raw.kit_subscribers: mapping last_n_days of 0 days: must be 1 to 366
plan: model c: input raw.kit_subscribers: mapping "sometimes" is unknown
plan: model c: input raw.stripe_transactions: mapping each_day is for a monthly model and a daily input, not for daily and monthly
plan: model c: input raw.kit_subscribers: mapping all is for a monthly model and for materialized: table
plan: model c: input raw.kit_subscribers: mapping last_n_months is for a daily model and a monthly input, not for daily and daily
plan: model c: input raw.stripe_transactions: mapping last_n_months of 61 months: must be 1 to 60`, "\n")
	if diff := cmp.Diff(want, strings.Split(fmt.Sprint(err), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
