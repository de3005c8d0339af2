package source

import (
	"context"
	"slices"

	"example.com/rollcall/shared/stage"
)

// judge compares what was staged with what stood before. It returns a *RefusedError if a person must decide.
func (r *Runner) judge(ctx context.Context, out *Output, files []stage.File) error {
	if len(out.refusals) == 0 {
		return nil
	}
	return &RefusedError{Refusals: out.refusals, Hint: r.acceptHint(out.requested), Retry: mayPass(out.refusals)}
}

// mayPass reports whether none of the refusals needs a person.
func mayPass(refusals []stage.Refusal) bool {
	return !slices.ContainsFunc(refusals, func(r stage.Refusal) bool { return !r.Retry })
}
