package source_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/source/sourcetest"
)

// release returns a source with these columns that writes one row for each partition of its window.
func release(columns schema.Schema, row schema.Row) *source.Source {
	return &source.Source{
		Name: "demo", Schemas: map[string]schema.Schema{"demo_days": columns},
		Extract: func(_ context.Context, req source.Request, out *source.Output) error {
			for _, p := range req.Window {
				if err := out.Write("demo_days", p, maps.Clone(row)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// After a return to an older release, the table still has the columns that the newer one added. The older function loads
// beside them as before.
func TestAnOlderReleaseLoadsIntoATableWithAColumnMore(t *testing.T) {
	older := release(columns, schema.Row{"text": "x"})
	newer := release(append(slices.Clip(columns), schema.Field{Name: "extra", Type: schema.String,
		Mode: schema.Nullable}), schema.Row{"text": "x", "extra": "y"})
	open := func() *sourcetest.Rig {
		rig := sourcetest.New(t, now)
		rig.Deps.Warehouse = sourcetest.OpenDuckDB(t, rig.Client)
		rig.Deps.Section = &pipeline.Source{Name: "demo", Cadence: partition.Daily, Lookback: 1,
			Tables: map[string]*pipeline.Table{"demo_days": {Name: "demo_days", Reads: pipeline.Window}}}
		return rig
	}

	alone := open()
	alone.ServeSource(t, older)
	alone.Load(t, `{"partition":"2026-11-21"}`)

	rig := open()
	rig.ServeSource(t, newer)
	rig.Load(t, `{"partition":"2026-11-20"}`)
	rig.Load(t, `{"partition":"2026-11-21"}`)
	rig.ServeSource(t, older)
	rig.Load(t, `{"partition":"2026-11-21"}`)
	want := map[string]any{"rows": int64(2), "extras": int64(1), "kept": "2026-11-20"}
	got := rig.Query(t, `SELECT count(*) AS rows, count(extra) AS extras, max(day) FILTER (extra IS NOT NULL)::VARCHAR AS kept
		FROM raw.demo_days WHERE text = 'x'`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	events := rig.Events()
	if diff := cmp.Diff(alone.Events()[0], events[len(events)-1], cmpopts.EquateComparable(partition.Partition{}),
		cmpopts.IgnoreFields(event.Event{}, "LoadID"), cmpopts.IgnoreFields(event.Table{}, "LoadedAt")); diff != "" {
		t.Errorf("the older release's event (-in its own table +in the wider one):\n%s", diff)
	}
}
