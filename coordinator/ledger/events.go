package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/shared/partition"
)

// Events are the events by which arrivals came, as they were recorded: each once, in the order of their receipt.
func (l *Ledger) Events(ctx context.Context, arrivals []Arrival) ([]ArrivalRecord, error) {
	list := make([]ArrivalRecord, len(arrivals))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, a := range arrivals {
		group.Go(func() (err error) {
			list[i], err = l.ReadArrival(ctx, a)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b ArrivalRecord) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), a.Event.Partition.Compare(b.Event.Partition),
			strings.Compare(a.Event.Source, b.Event.Source), strings.Compare(a.Event.LoadID, b.Event.LoadID))
	})
	known := map[[3]string]bool{} // an event of several tables stands with each of them
	return slices.DeleteFunc(list, func(r ArrivalRecord) bool {
		key := [3]string{r.Event.Source, r.Event.Partition.String(), r.Event.LoadID}
		again := known[key]
		known[key] = true
		return again
	}), nil
}

// Tables are those of which anything has arrived for p, by name.
func (v *View) Tables(p partition.Partition) []string {
	if g := v.pages[p]; g != nil {
		return slices.Sorted(maps.Keys(g.arrivals))
	}
	return nil
}
