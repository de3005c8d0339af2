package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// failWait bounds how long it may take to record a failure.
const failWait = 20 * time.Second

// codeFailed is the code of a failure that is not a refusal.
const codeFailed = "failed"

// fail records why a load failed, and logs it: as an ERROR the first time, as a WARNING while later loads of the
// partition fail for the same reason. It returns cause.
func (r *Runner) fail(ctx context.Context, folder stage.Folder, load stage.Load, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), failWait)
	defer cancel()
	failure := r.failure(load, cause)
	before, err := r.newestFailure(ctx, folder.Partition)
	level := slog.LevelError
	if before != nil {
		failure.Attempt = before.Attempt + 1
		if before.Code == failure.Code && before.Reason == failure.Reason {
			level = slog.LevelWarn
		}
	}
	if err = errors.Join(err, folder.Fail(ctx, failure)); err != nil {
		cloudlog.From(ctx).Error("the failure of a load could not be recorded", "error", r.redact.String(err.Error()))
	}
	cloudlog.From(ctx).Log(ctx, level, "not loaded", "code", failure.Code, "error", failure.Reason, "hint", failure.Hint,
		"retry", failure.Retry, "attempt", failure.Attempt)
	return cause
}

// newestFailure returns why the newest load of a partition failed; nil if it did not, or if there is none.
func (r *Runner) newestFailure(ctx context.Context, p partition.Partition) (*stage.Failure, error) {
	attempts, err := stage.Attempts(ctx, r.deps.Staging, r.Name, p, p)
	if err != nil {
		return nil, err
	}
	attempt, ok := stage.Failing(attempts)[p]
	if !ok {
		return nil, nil
	}
	failure, err := attempt.Failure(ctx)
	return &failure, err
}

// newestRefusal returns why the newest load of a partition that staged everything was refused; nil if none was since one
// was complete.
func (r *Runner) newestRefusal(ctx context.Context, p partition.Partition) (*stage.Failure, error) {
	attempts, err := stage.Attempts(ctx, r.deps.Staging, r.Name, p, p)
	if err != nil {
		return nil, err
	}
	for _, a := range slices.Backward(attempts) {
		if a.Complete {
			break
		}
		failure, err := a.Failure(ctx)
		if err != nil || failure.Load != nil {
			return &failure, err
		}
	}
	return nil, nil
}

// failure describes cause without secrets.
func (r *Runner) failure(load stage.Load, cause error) stage.Failure {
	failure := stage.Failure{
		At: r.deps.Now().UTC(), Code: codeFailed, Reason: r.redact.String(cause.Error()), Retry: true, Attempt: 1,
	}
	var final *Error
	var refused *RefusedError
	switch {
	case errors.As(cause, &refused):
		failure.Code, failure.Hint, failure.Retry = refused.Refusals[0].Code, r.redact.String(refused.Hint), refused.Retry
		failure.Refusals, failure.Load = r.withoutSecrets(refused.Refusals), &load
	case errors.As(cause, &final):
		failure.Hint, failure.Retry = r.redact.String(final.Hint), false
	}
	return failure
}

func (r *Runner) withoutSecrets(refusals []stage.Refusal) []stage.Refusal {
	refusals = slices.Clone(refusals)
	for i := range refusals {
		refusal := &refusals[i]
		refusal.Reason = r.redact.String(refusal.Reason)
		refusal.Keys = slices.Clone(refusal.Keys)
		for k, key := range refusal.Keys {
			refusal.Keys[k] = r.redact.String(key)
		}
	}
	return refusals
}

// acceptHint says what a person can do about a refused load.
func (r *Runner) acceptHint(p partition.Partition) string {
	flag := "--date"
	if p.Grain() == partition.Monthly {
		flag = "--month"
	}
	return fmt.Sprintf("look at the source; if it is right, accept these rows: go run ./scripts/rollcall load --source %s "+
		"%s %s --accept", r.Name, flag, p)
}
