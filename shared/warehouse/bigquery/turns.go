package bigquery

import (
	"context"
	"errors"
	"sync"

	"example.com/rollcall/shared/warehouse"
)

// turns keep the statements that change one table apart.
type turns struct {
	mu     sync.Mutex
	tables map[warehouse.Table]*turn
}

type turn struct {
	free chan struct{} // holds one token
	last string        // the job that may be under way
}

// takeTurn waits until no other statement of this process changes the table. The caller submits its job, and is done.
func (d *Driver) takeTurn(ctx context.Context, t warehouse.Table, id string) (done func(), err error) {
	d.turns.mu.Lock()
	if d.turns.tables == nil {
		d.turns.tables = map[warehouse.Table]*turn{}
	}
	at := d.turns.tables[t]
	if at == nil {
		at = &turn{free: make(chan struct{}, 1)}
		at.free <- struct{}{}
		d.turns.tables[t] = at
	}
	d.turns.mu.Unlock()
	select {
	case <-at.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	free := func() { at.free <- struct{}{} }
	if at.last != "" && at.last != id {
		if _, err := d.poll(ctx, at.last); err != nil && !errors.Is(err, warehouse.ErrNotFound) {
			free()
			return nil, err
		}
	}
	at.last = id
	return free, nil
}
