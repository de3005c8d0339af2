package medium

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// past holds what earlier loads say about the stories, by their ids.
type past struct {
	days    []partition.Partition     // those of the window that were loaded before
	viewers map[string]map[slot]int64 // of these days, with zeros
	// views holds the lifetime views in the newest snapshot before, which was taken for the day taken. It is nil if there
	// is none, or if it is older than the window, so that the window cannot show what was viewed since.
	views map[string]int64
	taken partition.Partition
}

// readPast reads the earlier loads of the requested window.
func readPast(ctx context.Context, req source.Request, out *source.Output) (past, error) {
	p := past{viewers: map[string]map[slot]int64{}}
	for _, day := range req.Window {
		earlier, err := out.Earlier(daysTable, day)
		if err != nil {
			return past{}, err
		}
		if earlier == nil || !earlier.Own {
			continue
		}
		p.days = append(p.days, day)
		err = eachRow(ctx, earlier, func(row earlierRow) {
			if p.viewers[row.PostID] == nil {
				p.viewers[row.PostID] = map[slot]int64{}
			}
			p.viewers[row.PostID][slot{day, row.Membership}] = row.Viewers
		})
		if err != nil {
			return past{}, err
		}
	}
	if !req.Snapshot { // the list is of today, not of the window's end
		return p, nil
	}
	earlier, err := out.Earlier(storiesTable, req.Partition)
	if err != nil {
		return past{}, err
	}
	if earlier == nil || earlier.Partition.Compare(req.Window[0].Add(-1)) < 0 {
		cloudlog.From(ctx).Info("the growth of lifetime views is not compared with the story days: " +
			"no snapshot of the stories is staged that is recent enough")
		return p, nil
	}
	p.views, p.taken = map[string]int64{}, earlier.Partition
	return p, eachRow(ctx, earlier, func(row earlierRow) { p.views[row.PostID] = row.Views })
}

// earlierRow holds the columns that are compared, of medium_stories or medium_story_days.
type earlierRow struct {
	PostID     string `json:"post_id"`
	Membership string `json:"membership"`
	Viewers    int64  `json:"viewers"`
	Views      int64  `json:"views"`
}

func eachRow(ctx context.Context, earlier *source.Earlier, visit func(earlierRow)) error {
	for line, err := range earlier.Rows(ctx) {
		if err != nil {
			return err
		}
		var row earlierRow
		if err := json.Unmarshal(line, &row); err != nil {
			return fmt.Errorf("read staged rows of %s for %s: %w", earlier.Table, earlier.Partition, err)
		}
		visit(row)
	}
	return nil
}

// departed returns the ids that the window's earlier loads have and the list no longer has.
func (p past) departed(list []story) []string {
	gone := maps.Clone(p.viewers)
	for _, s := range list {
		delete(gone, s.ID)
	}
	return slices.Sorted(maps.Keys(gone))
}

// growth returns by how much a story's lifetime views have grown since the snapshot before.
func (p past) growth(s story) (views int64, known bool) {
	if p.views == nil || s.Stats == nil || s.Stats.Views == nil {
		return 0, false
	}
	before, ok := p.views[s.ID]
	if !ok && (s.PublishedAt == nil || s.PublishedAt.time().Before(p.taken.End())) {
		return 0, false // the story was not listed then, though it was published
	}
	return *s.Stats.Views - before, true
}

// has reports whether a day was loaded before.
func (p past) has(day partition.Partition) bool { return slices.Contains(p.days, day) }
