// Package kit loads the subscribers of one Kit (ConvertKit) account, once a day.
//
// One walk of the subscriber list gives both tables: kit_subscribers, with a row for each subscriber, and
// kit_subscriber_totals, with the number of subscribers in each state. Both are snapshots: Kit only knows the
// present, so a past day cannot be read. The walk holds one page at a time, whatever the size of the list.
package kit

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/upstream"
)

const (
	subscribersTable = "kit_subscribers"
	totalsTable      = "kit_subscriber_totals"
)

//go:embed schema/*.json
var schemas embed.FS

// states holds every state of a subscriber; see the status filter in Kit's reference.
var states = []string{"active", "inactive", "bounced", "complained", "cancelled"}

// New returns the source with these settings. The error names everything that is wrong with them.
func New(cfg Config) (*source.Source, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("kit: %w", err)
	}
	c := newClient(cfg)
	return &source.Source{
		Name:    "kit",
		Schemas: schema.MustReadAll(schemas),
		Extract: c.extract,
		Secrets: []string{cfg.APIKey},
	}, nil
}

// extract walks the whole list once.
func (c *client) extract(ctx context.Context, req source.Request, out *source.Output) error {
	var w walk
	counts := map[string]int64{}
	row := schema.Row{}
	for cursor, more := "", true; more; {
		p, err := c.page(ctx, cursor)
		if err != nil {
			return fmt.Errorf("page %d of subscribers: %w", w.pages+1, err)
		}
		fresh, err := w.take(p, cursor)
		if err != nil {
			return fmt.Errorf("page %d of subscribers: %w", w.pages, err)
		}
		for i := range fresh {
			s := &fresh[i]
			if err := s.fill(row); err != nil {
				return fmt.Errorf("page %d of subscribers: %w", w.pages, err)
			}
			if err := out.WriteSnapshot(subscribersTable, row); err != nil {
				return fmt.Errorf("subscriber %d: %w", s.ID, err)
			}
			counts[s.State]++
		}
		cursor, more = p.Pagination.EndCursor, p.Pagination.HasNextPage
	}
	if err := w.reconcile(); err != nil {
		return err
	}
	log := cloudlog.From(ctx)
	account, err := c.account(ctx)
	switch refused, ok := errors.AsType[*upstream.StatusError](err); {
	case ok && refused.Status == http.StatusForbidden:
		log.Warn("Kit does not let the key read its account, so another account would not be noticed", "error", err)
	case err != nil:
		return fmt.Errorf("account: %w", explain(err))
	default:
		out.Account(map[string]string{"account_id": account})
	}
	if w.rows != w.total {
		log.Warn("Kit's list and its total differ; both are in "+totalsTable, "subscribers", w.rows, "reported_total", w.total)
	}
	log.Info("walked the subscriber list",
		"pages", w.pages, "subscribers", w.rows, "reported_total", w.total, "repeats", w.repeats)
	for _, state := range states {
		err := out.WriteSnapshot(totalsTable, schema.Row{
			"state": state, "subscribers": counts[state], "reported_total": w.total,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// walk holds what has been seen of the list so far. The list is in order of descending ids, and a cursor stands
// for an id, so each page must continue below the one before it. A loop, a repeat or a gap breaks this order.
type walk struct {
	pages, rows, repeats int64
	total                int64 // from the first page
	last                 int64 // lowest id so far; 0 before the first row
	short                int64 // first page with fewer rows than a page has, although another page follows; 0: none
	full                 bool  // whether the newest page had as many rows as a page has
	size                 int64 // rows of a page, from the newest page
}

// take checks the page that cursor led to, and returns the rows that are new to the walk. If the list changes
// during the walk, the last rows of one page may appear again at the start of the next; take drops them.
func (w *walk) take(p page, cursor string) ([]subscriber, error) {
	w.pages++
	if w.pages == 1 {
		if p.Pagination.TotalCount == nil || *p.Pagination.TotalCount < 0 {
			return nil, errors.New("Kit reported no total_count, so the walk cannot be checked")
		}
		w.total = *p.Pagination.TotalCount
	}
	for i := 1; i < len(p.Subscribers); i++ {
		if above, id := p.Subscribers[i-1].ID, p.Subscribers[i].ID; id >= above {
			return nil, fmt.Errorf("subscriber %d follows %d, but the ids must descend", id, above)
		}
	}
	fresh := p.Subscribers
	for w.last != 0 && len(fresh) > 0 && fresh[0].ID >= w.last {
		fresh = fresh[1:]
		w.repeats++
	}
	next := p.Pagination.HasNextPage
	switch {
	case next && len(p.Subscribers) == 0:
		return nil, errors.New("the page is empty, but Kit says that another follows")
	case next && p.Pagination.EndCursor == "":
		return nil, errors.New("Kit says that another page follows, but gives no cursor to it")
	case next && p.Pagination.EndCursor == cursor:
		return nil, errors.New("the page's end_cursor leads to the same page again")
	case next && len(fresh) == 0:
		return nil, errors.New(
			"every row was on an earlier page, but Kit says that another page follows: the cursors form a loop")
	}
	w.size = perPage
	if n := p.Pagination.PerPage; n > 0 {
		w.size = n
	}
	w.full = int64(len(p.Subscribers)) >= w.size
	if next && !w.full && w.short == 0 {
		w.short = w.pages
	}
	w.rows += int64(len(fresh))
	if len(fresh) > 0 {
		w.last = fresh[len(fresh)-1].ID
	}
	return fresh, nil
}

// maxGap returns how many subscribers fewer than the total a list may have: Kit's lists and totals lag behind changes,
// usually by half a minute and sometimes by five.
func maxGap(total int64) int64 { return max(5, total/100) }

// reconcile compares the finished walk with the total that Kit reported. They may differ a little, and both are
// recorded. Fewer rows than the total are an error if they are more than maxGap fewer, or if faulty pagination would
// look the same: no rows at all, a short page in the middle, a full last page, or at least a whole page missing.
func (w *walk) reconcile() error {
	missing := w.total - w.rows
	if missing <= 0 {
		return nil
	}
	var why string
	switch {
	case w.rows == 0:
		why = "the list was empty"
	case w.short != 0:
		why = fmt.Sprintf("page %d was too short", w.short)
	case w.full:
		why = "the last page was full, so another should have followed"
	case missing >= w.size:
		why = "at least a whole page is missing"
	case missing > maxGap(w.total):
		why = fmt.Sprintf("%d are missing, more than the %d by which they may differ", missing, maxGap(w.total))
	default:
		return nil
	}
	return fmt.Errorf("Kit reported %d subscribers, but its list has %d: %s; nothing was loaded; run it again in a few minutes",
		w.total, w.rows, why)
}
