package medium

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// past holds what earlier loads say about the stories, by their ids.
type past struct {
	days   []partition.Partition      // those of the window that were loaded before
	counts map[string]map[count]int64 // of these days, with zeros
	// views holds the lifetime views in the newest snapshot before, which was taken for the day taken. It is nil if there
	// is none, or if it is older than the window, so that the window cannot show what was viewed since.
	views map[string]int64
	taken partition.Partition
}

// readPast reads the earlier loads of the requested window.
func readPast(ctx context.Context, req source.Request, out *source.Output) (past, error) {
	p := past{counts: map[string]map[count]int64{}}
	for _, day := range req.Window {
		earlier, err := out.Earlier(daysTable, day)
		if err != nil {
			return past{}, err
		}
		if earlier == nil || !earlier.Own {
			continue
		}
		known, err := eachRow(ctx, earlier, func(row earlierRow) {
			counts := p.counts[row.PostID]
			if counts == nil {
				counts = map[count]int64{}
				p.counts[row.PostID] = counts
			}
			counts[count{day, row.Membership}] = row.Viewers
			if row.Membership == member {
				counts[count{day, earned}] = wholeCents(row.Cents)
			}
		})
		if err != nil {
			return past{}, err
		}
		if known {
			p.days = append(p.days, day)
		}
	}
	if !req.Snapshot { // the list is of today, not of the window's end
		return p, nil
	}
	earlier, err := out.Earlier(storiesTable, req.Partition)
	if err != nil {
		return past{}, err
	}
	if earlier != nil && earlier.Partition.Compare(req.Window[0].Add(-1)) >= 0 {
		views := map[string]int64{}
		known, err := eachRow(ctx, earlier, func(row earlierRow) { views[row.PostID] = row.Views })
		if err != nil {
			return past{}, err
		}
		if known {
			p.views, p.taken = views, earlier.Partition
			return p, nil
		}
	}
	cloudlog.From(ctx).Info("the growth of lifetime views is not compared with the story days: " +
		"no snapshot of the stories is staged that is recent enough")
	return p, nil
}

// earlierRow holds the columns that are compared, of medium_stories or medium_story_days.
type earlierRow struct {
	PostID     string `json:"post_id"`
	Membership string `json:"membership"`
	Viewers    int64  `json:"viewers"`
	Cents      string `json:"earnings_cents"`
	Views      int64  `json:"views"`
}

// eachRow visits the rows of an earlier load. It reports false if they are no longer staged.
func eachRow(ctx context.Context, earlier *source.Earlier, visit func(earlierRow)) (known bool, err error) {
	for line, err := range earlier.Rows(ctx) {
		if errors.Is(err, storage.ErrObjectNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		var row earlierRow
		if err := json.Unmarshal(line, &row); err != nil {
			return false, fmt.Errorf("read staged rows of %s for %s: %w", earlier.Table, earlier.Partition, err)
		}
		visit(row)
	}
	return true, nil
}

// departed returns the ids that the window's earlier loads have and the list no longer has.
func (p past) departed(list []story) []string {
	gone := maps.Clone(p.counts)
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
