package datadir

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

func TestSnapshotsOfThePastAreThoseThatWereStaged(t *testing.T) {
	dir := t.TempDir()
	snapshot := `{"files": [{"table": "kit_subscribers", "partition": "2026-10-29"}]}`
	put(t, dir, "kit/2026-10-29/20261030T070000000Z-a/complete.json", snapshot)
	put(t, dir, "kit/2026-10-30/20261031T070000000Z-b/kit_subscribers.ndjson.gz", "cut short")
	put(t, dir, "kit/2026-10-31/20261101T070000000Z-c/complete.json", "")
	put(t, dir, "medium/2026-10-29/20261120T070000000Z-d/complete.json", // too late for medium_stories
		`[{"table": "medium_story_days", "partition": "2026-10-29"}]`)
	declared, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment.Deployment{Staging: staging{dir}, Pipeline: declared,
		AnyDay: func(source string) bool { return source == "sheets" }}
	for source, want := range map[string]map[partition.Partition]bool{
		"kit":    {day("2026-10-29"): true},
		"medium": {},
		"sheets": {day("2026-10-29"): true, day("2026-10-30"): true, day("2026-10-31"): true},
	} {
		got, err := d.Snapshots(t.Context(), source, day("2026-10-29"), day("2026-10-31"))
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", source, err, diff)
		}
	}
}

func TestFailureOfTheNewestLoadIsRead(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kit/2026-10-29/20261030T070000000Z-a/failed.json", `{"reason": "900 became 5"}`)
	put(t, dir, "kit/2026-10-29/20261030T080000000Z-b/failed.json", `{"reason": "900 became 4", "attempt": 2}`)
	put(t, dir, "kit/2026-10-30/20261031T070000000Z-c/failed.json", `{"reason": "Kit is down"}`)
	put(t, dir, "kit/2026-10-30/20261031T080000000Z-d/complete.json", "[]")
	put(t, dir, "kit/2026-10-31/20261101T070000000Z-e/failed.json", `{"rea`)
	put(t, dir, "kit/2026-11-01/20261102T070000000Z-f/kit_subscribers.ndjson.gz", "cut short")
	d := &deployment.Deployment{Staging: staging{dir}}
	got, err := d.Failures(t.Context(), "kit", day("2026-10-28"), day("2026-11-01"))
	want := map[partition.Partition]stage.Failure{
		day("2026-10-29"): {LoadID: "20261030T080000000Z-b", Reason: "900 became 4", Attempt: 2},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Earlier releases wrote the list of files alone.
func TestWhatWasStagedIsReadInBothForms(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kit/2026-10-29/a/complete.json", `[{"table": "kit_subscribers", "partition": "2026-10-29", "rows": 2}]`)
	put(t, dir, "kit/2026-10-29/b/complete.json", `{"account": {"id": "1"}, "files": [{"table": "kit_subscribers", "partition": "2026-10-29", "rows": 2}]}`)
	for id, account := range map[string]string{"a": "", "b": "1"} {
		load, err := staging{dir}.Load(t.Context(), stage.Folder{Source: "kit", Partition: day("2026-10-29"), LoadID: id})
		if err != nil || len(load.Files) != 1 || load.Files[0].Rows != 2 || load.Account["id"] != account {
			t.Errorf("%s: %+v, %v", id, load, err)
		}
	}
}
