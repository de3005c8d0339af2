package drops

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"example.com/rollcall/functions/drops/dropstest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

func TestMonthOf(t *testing.T) {
	for _, tc := range []struct{ object, metadata, want string }{
		{object: "drops/medium/2026-10/stories.json", want: "2026-10"},
		{object: "drops/medium/stories_2026_10.json", want: "2026-10"},
		{object: "drops/medium/stories 2026.10.json", want: "2026-10"},
		{object: "drops/medium/202610.json", want: "2026-10"},
		{object: "drops/medium-202610/stories.json", want: "2026-10"},
		{object: "drops/medium/2026-10/stories-2026-10-page2.json", want: "2026-10"},
		{object: "drops/medium/2026-10/downloaded-2026-11-02.json", want: "2026-10"}, // a day is no month
		{object: "drops/medium/2026-10/20261102.json", want: "2026-10"},
		{object: "drops/medium/stories.json", metadata: "2026-10", want: "2026-10"},
		{object: "drops/medium/2026-09.json", metadata: "2026-10", want: "2026-10"},
		{object: "drops/medium/2026-09-2026-10.json"},
		{object: "drops/medium/2026-09/2026-10.json"},
		{object: "drops/medium/2026-11-02.json"},
		{object: "drops/medium/20261102.json"},
		{object: "drops/medium/stories.json"},
		{object: "drops/medium/2026-13.json"},
		{object: "drops/medium/1640995200000.json"},
		{object: "drops/medium/a202610f.json"},
		{object: "drops/medium/12026-10.json"},
		{object: "drops/medium/2026-10.json", metadata: "2026-10-01"},
		{object: "drops/medium/2026-10.json", metadata: "october"},
	} {
		p, err := monthOf(tc.object, tc.metadata)
		if got := p.String(); (err == nil) != (tc.want != "") || err == nil && got != tc.want {
			t.Errorf("%s, metadata %q: got %q, %v; want %q", tc.object, tc.metadata, got, err, tc.want)
		}
	}
}

func TestTimesAreReadFromNumbersAndText(t *testing.T) {
	want := time.Date(2022, 1, 3, 18, 36, 47, 0, time.UTC)
	for body, wants := range map[string]time.Time{
		`1641235007000`: want, `"1641235007000"`: want, `"2022-01-03 18:36:47"`: want, `"2022-01-03T18:36:47Z"`: want,
		`"2022-01-03T19:36:47+01:00"`: want, `0`: {}, `null`: {}, `""`: {},
	} {
		var got instant
		if err := got.UnmarshalJSON([]byte(body)); err != nil || !got.Equal(wants) {
			t.Errorf("%s: got %s, %v", body, got, err)
		}
	}
	for _, body := range []string{`7`, `"yesterday"`, `1.5`, `{}`, `99999999999999999`} {
		var got instant
		if err := got.UnmarshalJSON([]byte(body)); err == nil {
			t.Errorf("%s: got %s, want an error", body, got)
		}
	}
}

// The rows do not depend on the order of the files: the newest file decides which kind counts, and wins for each story.
func TestMergeDoesNotDependOnTheOrderOfTheFiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var drops []drop
		for i := range rapid.IntRange(1, 8).Draw(t, "files") {
			d := drop{
				file:  file{object: fmt.Sprintf("drops/medium/%d.json", i), generation: int64(rapid.IntRange(1, 4).Draw(t, "generation"))},
				table: storiesTable, shape: rapid.SampledFrom([]string{storyStats, graphQL}).Draw(t, "shape"),
				folder: rapid.SampledFrom([]string{"medium", "other"}).Draw(t, "folder"), months: map[partition.Partition][]row{},
			}
			for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID).Draw(t, "stories") {
				d.months[march] = append(d.months[march], row{id, schema.Row{"object": d.object}})
			}
			drops = append(drops, d)
		}
		m := assemble(drops, storiesTable, march)
		shuffled := rapid.Permutation(drops).Draw(t, "order")
		if diff := cmp.Diff(m.rows, assemble(shuffled, storiesTable, march).rows, cmp.AllowUnexported(row{})); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(m.doubts(drops), assemble(shuffled, storiesTable, march).doubts(shuffled), cmpopts.EquateComparable(partition.Partition{})); diff != "" {
			t.Fatal(diff)
		}
		for _, r := range m.rows {
			for _, d := range drops { // no newer file of the same kind holds the story
				of := func(name any) drop {
					return drops[slices.IndexFunc(drops, func(d drop) bool { return d.object == name })]
				}
				from := of(r.columns["object"])
				tells := slices.ContainsFunc(d.months[march], func(other row) bool { return other.postID == r.postID })
				if tells && d.shape == from.shape && d.folder == from.folder && d.generation > from.generation {
					t.Fatalf("story %s is of %s, though %s is newer", r.postID, from.object, d.object)
				}
			}
		}
	})
}

// For any file, decode returns rows that fit their table, or a fault with a hint.
func FuzzDecode(f *testing.F) {
	c := creator.New(7)
	add := func(object string, data []byte) {
		f.Add(object, data)
		for document := range upstreamtest.Nulls(data) {
			f.Add(object, document)
		}
	}
	add("drops/medium/2025-03/a.json", dropstest.StoryStats(c, march.Add(-3), 3)[0])
	add("drops/medium/a.json", dropstest.Earnings(c, march.Add(-3)))
	add("drops/medium/202503.json", copiedAnswer(c, march.Add(-3)))
	for _, failure := range failures {
		f.Add("drops/medium/2025-03.json", broken(failure))
	}
	f.Fuzz(func(t *testing.T, object string, data []byte) {
		d, err := decode(file{object: object, created: asOf}, data)
		if err != nil {
			var fault *source.Error
			if !errors.As(err, &fault) || fault.Hint == "" {
				t.Errorf("%v has no hint", err)
			}
			return
		}
		if len(d.months) == 0 {
			t.Error("a file of no rows passed")
		}
		for month, rows := range d.months {
			m := assemble([]drop{d}, d.table, month)
			merged := m.rows
			for _, refusal := range m.doubts([]drop{d}) {
				if refusal.Code == "" || !utf8.ValidString(refusal.Reason) && utf8.ValidString(object) {
					t.Errorf("refused %+v", refusal)
				}
			}
			if len(merged) != len(rows) {
				t.Errorf("%d rows, %d of them different", len(rows), len(merged))
			}
			for _, r := range merged {
				if _, err := schemas[d.table].Append(nil, r.columns); err != nil {
					t.Error(err)
				}
			}
			if !slices.IsSortedFunc(merged, func(a, b row) int { return strings.Compare(a.postID, b.postID) }) {
				t.Error("merged rows are not in order")
			}
		}
	})
}

func TestAMonthOutsideOfAllPartitionsIsRefused(t *testing.T) {
	for _, month := range []string{"0001-02-01 00:00:00", "1999-12-01 00:00:00", "2200-01-01 00:00:00", "9999-12-01 00:00:00"} {
		data := fmt.Sprintf(`{"payload":{"postAmounts":[{"periodStartedAt":%q,"amount":"1","post":{"id":"a"}}]}}`, month)
		_, err := decode(file{object: "drops/medium/earnings.json", created: asOf}, []byte(data))
		if fault, ok := errors.AsType[*source.Error](err); !ok || fault.Hint == "" || !strings.Contains(err.Error(), "2000") {
			t.Errorf("%s: %v", month, err)
		}
	}
}
