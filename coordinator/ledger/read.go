package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"example.com/rollcall/shared/partition"
)

// ReadArrival reads the event that an arrival was recorded for, as it was received.
func (l *Ledger) ReadArrival(ctx context.Context, a Arrival) (ArrivalRecord, error) {
	var r ArrivalRecord
	return r, l.read(ctx, a.name(), &r)
}

// Resets reads the resets of a model at p, by itself and as one of all models, oldest first. They have to be listed in v.
func (l *Ledger) Resets(ctx context.Context, v *View, p partition.Partition, model string) ([]Reset, error) {
	g := v.pages[p]
	if g == nil {
		return nil, fmt.Errorf("ledger: resets of %s: it has not been listed", p)
	}
	var list []Reset
	for _, of := range []string{"", model} {
		for seq := range g.resets[of] {
			var r Reset
			if err := l.read(ctx, epochName(p, of, seq+1), &r); err != nil {
				return nil, err
			}
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b Reset) int { return a.At.Compare(b.At) })
	return list, nil
}

func (l *Ledger) read(ctx context.Context, name string, record any) error {
	data, err := l.store.Read(ctx, name)
	if err != nil {
		return fmt.Errorf("ledger: read %s: %w", name, err)
	}
	if err := json.Unmarshal(data, record); err != nil {
		return fmt.Errorf("ledger: %s is not what its name says: %w", name, err)
	}
	return nil
}
