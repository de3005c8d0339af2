package coordtest

import (
	"context"
	"fmt"
)

// Fault says what goes wrong with a call or a job.
type Fault int

// The faults. For a job, Fail and LoseReply both mean that it ends with a transient error.
const (
	None      Fault = iota
	Fail            // the call fails, and has had no effect
	LoseReply       // the call fails, and has had its effect
)

func (w *Warehouse) fault(ctx context.Context, point string) Fault {
	if w.Hook == nil {
		return None
	}
	return w.Hook(ctx, point)
}

func (w *Warehouse) call(ctx context.Context, point string, f func() error) error {
	fault := w.fault(ctx, point)
	if err := ctx.Err(); err != nil {
		return err
	}
	if fault == Fail {
		return fmt.Errorf("%s: connection reset", point)
	}
	w.mu.Lock()
	err := f()
	w.mu.Unlock()
	if fault == LoseReply {
		return fmt.Errorf("%s: connection reset while waiting for the reply", point)
	}
	return err
}
