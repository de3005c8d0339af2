package source

import (
	"context"
	"fmt"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// acceptedSuffix ends the id of a load that had been refused, so that a listing of the ledger shows it.
const acceptedSuffix = event.AcceptedSuffix

// Accept loads the rows of a partition that the newest load has staged and that were refused. It asks the service
// nothing. Then it judges later partitions again that were refused as well, and loads those that are no longer, each
// with its own rows.
func (r *Runner) Accept(ctx context.Context, p partition.Partition, by, reason string) (Result, error) {
	if err := r.checkGrain(p); err != nil {
		return Result{}, err
	}
	refused, failure, err := r.failing(ctx, p)
	if err != nil {
		return Result{}, err
	}
	if failure == nil || failure.Load == nil {
		return Result{}, Errorf("see what status says of it", "nothing of %s is refused for %s, so there is nothing to accept",
			r.Name, p)
	}
	accepted := &event.Acceptance{By: by, Reason: reason, At: r.deps.Now().UTC(), LoadID: refused.LoadID}
	for _, refusal := range failure.Refusals {
		accepted.Refused = append(accepted.Refused, refusal.Reason)
	}
	return r.loadRefused(ctx, p, *failure.Load, accepted)
}

// loadRefused loads what a refused load has staged, as a new load.
func (r *Runner) loadRefused(ctx context.Context, p partition.Partition, load stage.Load,
	accepted *event.Acceptance) (Result, error) {
	suffix := ""
	if accepted != nil {
		suffix = acceptedSuffix
	}
	ctx, folder := r.begin(ctx, p, suffix)
	load.Accepted = accepted
	if err := folder.Complete(ctx, load); err != nil {
		return Result{}, fmt.Errorf("accept %s for %s: %w", r.Name, p, err)
	}
	result, err := r.load(ctx, folder, load, nil)
	if err != nil {
		return Result{}, r.fail(ctx, folder, load, err)
	}
	return result, nil
}
