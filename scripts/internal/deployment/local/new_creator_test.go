package local

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// newCreator has nothing: no story, subscriber, payment, boost or dropped file. Then comes the first of each, on a day of
// its own.
var newCreator = creator.Options{
	FirstSubscriber: day("2026-02-24"), FirstStory: day("2026-02-25"), FirstPayment: day("2026-02-26"), FirstBoost: day("2026-02-28"),
}

// All sources load a day of nothing, and it is the last of a month. Every table with one row for each day or month has it,
// with zeros.
func TestNewCreatorsFirstDayIsGreenWithZeros(t *testing.T) {
	first := day("2026-01-31")
	m := openFor(t, newCreator, first, first)
	load(t, m, first, "kit", "sheets", "medium")
	load(t, m, first.Month(), "stripe")
	onlyZeros(t, m, first)
	onlyZeros(t, m, first.Month())
	golden.Compare(t, "testdata/new_creator_first_day.txt", mart(t, m, first, "nothing yet")+mart(t, m, first.Month(), "a month of nothing"))
	allUpToDate(t, m, first, first)
}

// The marts follow a new creator's first subscriber, story, payment and boost, and close the first month.
func TestMartsFollowNewCreator(t *testing.T) {
	from, to := newCreator.FirstSubscriber.Add(-1), newCreator.FirstBoost
	m := openFor(t, newCreator, from, to)
	what := map[partition.Partition]string{
		from: "nothing yet", newCreator.FirstSubscriber: "the first subscriber", newCreator.FirstStory: "the first story",
		newCreator.FirstPayment: "the first payment", to: "the first boost",
	}
	var got strings.Builder
	for p := range partition.Range(from, to) {
		load(t, m, p, "kit", "sheets", "medium")
		if name := what[p]; name != "" {
			got.WriteString(mart(t, m, p, name))
		}
	}
	load(t, m, to.Month(), "stripe")
	got.WriteString(mart(t, m, to.Month(), "the first month"))
	golden.Compare(t, "testdata/new_creator.txt", got.String())
	allUpToDate(t, m, from, to)
}

// openFor opens a machine with an invented creator, on the morning after the last day.
func openFor(t *testing.T, c creator.Options, from, to partition.Partition) *Machine {
	t.Helper()
	m, err := Open(t.Context(), Options{
		Dir: datadir.Dir{Path: t.TempDir()}, From: from, To: to, Env: envconfig.MapLookuper(nil),
		Now: func() time.Time { return to.End().Add(9 * time.Hour) }, Creator: c,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// load requests a partition of each source and waits until the models that follow have run.
func load(t *testing.T, m *Machine, p partition.Partition, sources ...string) {
	t.Helper()
	for _, source := range sources {
		if _, err := m.RequestLoad(t.Context(), deployment.Request{Source: source, Partition: p}); err != nil {
			t.Fatalf("%s %s: %v", source, p, err)
		}
	}
	if err := m.Quiet(t.Context(), p, p); err != nil {
		t.Fatal(err)
	}
}

// rowsOf returns the rows of a model's partition.
func rowsOf(t *testing.T, m *Machine, model *manifest.Model, p partition.Partition) []map[string]any {
	t.Helper()
	order := strings.Join(model.UniqueKey, ", ")
	rows, err := m.Warehouse.Query(t.Context(), fmt.Sprintf("SELECT * FROM %s WHERE %s = CAST($p AS DATE) ORDER BY %s",
		model.TableName(), model.PartitionBy, order), map[string]any{"p": p.Start()}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// mart returns the partition of all models of its grain as text.
func mart(t *testing.T, m *Machine, p partition.Partition, what string) string {
	t.Helper()
	text := fmt.Sprintf("# %s: %s\n\n", p, what)
	for _, model := range m.Manifest.Models {
		if model.Grain == p.Grain() {
			text += published(t, m, model, p) + "\n"
		}
	}
	return text
}

// published returns the rows of a model's partition as text: each column that is not null.
func published(t *testing.T, m *Machine, model *manifest.Model, p partition.Partition) string {
	t.Helper()
	rows := rowsOf(t, m, model, p)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", model.Name, term.Count(len(rows), "row"))
	for _, row := range rows {
		line := " "
		for _, column := range model.Columns {
			value := row[column.Name]
			if at, ok := value.(time.Time); ok {
				value = at.UTC().Format("2006-01-02T15:04:05Z")
				if column.Type == schema.Date {
					value = at.Format("2006-01-02")
				}
			}
			if value == nil || column.Name == model.PartitionBy {
				continue
			}
			part := fmt.Sprintf(" %s=%v", column.Name, value)
			if len(line)+len(part) > 120 {
				fmt.Fprintf(&b, "%s\n", line)
				line = "   "
			}
			line += part
		}
		fmt.Fprintf(&b, "%s\n", line)
	}
	return b.String()
}

// onlyZeros checks that the models with one row for a partition have it, and that no number is anything but zero or null.
func onlyZeros(t *testing.T, m *Machine, p partition.Partition) {
	t.Helper()
	for _, model := range m.Manifest.Models {
		if model.Grain != p.Grain() {
			continue
		}
		rows := rowsOf(t, m, model, p)
		if one := len(model.UniqueKey) == 1; one != (len(rows) == 1) || len(rows) > 1 {
			t.Errorf("%s %s has %d rows", model.Name, p, len(rows))
		}
		for _, row := range rows {
			for name, value := range row {
				if text := fmt.Sprint(value); name != model.PartitionBy && value != nil && strings.Trim(text, "0.") != "" {
					t.Errorf("%s %s: %s is %v for a creator who has nothing", model.Name, p, name, value)
				}
			}
			if subscribers, ok := row["subscribers"]; ok && subscribers == nil {
				t.Errorf("%s %s: subscribers is null", model.Name, p)
			}
		}
	}
}

// allUpToDate checks that every model's partition has been published with its newest inputs.
func allUpToDate(t *testing.T, m *Machine, from, to partition.Partition) {
	t.Helper()
	d, err := datadir.Open(m.Dir.Path)
	if err != nil {
		t.Fatal(err)
	}
	reporter, err := d.Reporter(m.now)
	if err != nil {
		t.Fatal(err)
	}
	report, err := reporter.Report(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Decisions) == 0 {
		t.Error("no model was looked at")
	}
	for _, decision := range report.Decisions {
		if decision.Status != "up_to_date" {
			t.Errorf("%s is %s: %+v", decision.Target, decision.Status, decision.End)
		}
	}
}
