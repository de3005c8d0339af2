package source

import (
	"context"

	"example.com/rollcall/shared/stage"
)

// judge compares what was staged with what stood before. It returns a *RefusedError if a person must decide.
func (r *Runner) judge(ctx context.Context, out *Output, files []stage.File) error {
	if len(out.refusals) == 0 {
		return nil
	}
	return &RefusedError{Refusals: out.refusals, Hint: r.acceptHint(out.requested)}
}
