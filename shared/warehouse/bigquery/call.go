package bigquery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/api/googleapi"

	"example.com/rollcall/shared/warehouse"
)

// transient lists the reasons for which the same job may succeed later: BigQuery's own errors, contention, and
// a missing permission, because a new grant takes minutes to become effective and no event announces it.
// https://cloud.google.com/bigquery/docs/error-messages#errortable,
// https://cloud.google.com/iam/docs/access-change-propagation
var transient = []string{
	"accessDenied", "backendError", "internalError", "jobBackendError", "jobInternalError", "jobRateLimitExceeded",
	"quotaExceeded",
	"rateLimitExceeded", "resourceInUse", "tableUnavailable", "timeout",
}

// contention lists parts of messages about concurrent statements on one table. Their reasons also mean other
// things.
var contention = []string{"Could not serialize access", "Too many DML statements outstanding",
	"too many table update operations"}

// failure translates a job's error.
func failure(id, reason, message string) *warehouse.JobError {
	if reason == "" {
		reason = "unknown"
	}
	contended := slices.ContainsFunc(contention, func(part string) bool { return strings.Contains(message, part) })
	return &warehouse.JobError{ID: id, Reason: reason, Message: message, Transient: contended ||
		slices.Contains(transient, reason)}
}

// refusal translates an answer that refuses the call for its content to a *warehouse.JobError. It returns other
// errors unchanged.
func refusal(id string, err error) error {
	answer, ok := errors.AsType[*googleapi.Error](err)
	if !ok || answer.Code < 400 || answer.Code >= 500 || answer.Code == http.StatusUnauthorized || temporary(answer) {
		return err
	}
	return failure(id, reason(answer), answer.Message)
}

func reason(answer *googleapi.Error) string {
	if len(answer.Errors) > 0 && answer.Errors[0].Reason != "" {
		return answer.Errors[0].Reason
	}
	return fmt.Sprintf("HTTP %d", answer.Code)
}

// hasStatus reports whether BigQuery answered with this HTTP status.
func hasStatus(err error, status int) bool {
	answer, ok := errors.AsType[*googleapi.Error](err)
	return ok && answer.Code == status
}

// retryable reports whether a second call may succeed: after errors of the server or the network, or too many
// calls.
func retryable(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	answer, ok := errors.AsType[*googleapi.Error](err)
	return !ok || temporary(answer)
}

func temporary(answer *googleapi.Error) bool {
	switch answer.Code {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return slices.Contains([]string{"rateLimitExceeded", "backendError"}, reason(answer))
	}
	return answer.Code >= 500 && answer.Code != http.StatusNotImplemented
}

const (
	// maxAttempts bounds the attempts of one call. The caller may try again later.
	maxAttempts = 4
	// maxPause bounds the pause between two polls of a job, and between two attempts of a call.
	maxPause = 5 * time.Second
)

// call makes a call, and repeats it with backoff after a retryable error. All calls of the driver are safe to
// repeat: jobs because of their ids, changes of tables because of their etags. The client repeats some calls by
// itself until their context ends, but not all: not after a connection that breaks in the middle, for example.
func call[T any](ctx context.Context, d *Driver, f func(ctx context.Context) (T, error)) (T, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval, wait.Multiplier = d.options.Pause, maxPause, 2
	return backoff.Retry(ctx, func() (T, error) {
		ctx, cancel := context.WithTimeout(ctx, d.options.Timeout)
		defer cancel()
		v, err := f(ctx)
		if err != nil && !retryable(err) {
			err = backoff.Permanent(err)
		}
		return v, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(maxAttempts))
}
