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

// transient are the reasons that are BigQuery's own trouble, or another's use of it; and a right that is lacking: one that
// was given a moment ago takes minutes to be known everywhere, and of one that is given later nobody tells.
// https://cloud.google.com/bigquery/docs/error-messages#errortable, https://cloud.google.com/iam/docs/access-change-propagation
var transient = []string{
	"accessDenied", "backendError", "internalError", "jobBackendError", "jobInternalError", "jobRateLimitExceeded", "quotaExceeded",
	"rateLimitExceeded", "resourceInUse", "tableUnavailable", "timeout",
}

// contended are parts of messages that tell of statements on one table that met, under reasons that also mean other things.
var contended = []string{"Could not serialize access", "Too many DML statements outstanding", "too many table update operations"}

// failure is a job's error in the words of the package warehouse.
func failure(id, reason, message string) *warehouse.JobError {
	if reason == "" {
		reason = "unknown"
	}
	met := slices.ContainsFunc(contended, func(part string) bool { return strings.Contains(message, part) })
	return &warehouse.JobError{ID: id, Reason: reason, Message: message, Transient: met || slices.Contains(transient, reason)}
}

// refusal is the *warehouse.JobError of a call that BigQuery has refused for what it asks. Another error, which says
// nothing about that, is given back as it is.
func refusal(id string, err error) error {
	var answer *googleapi.Error
	if !errors.As(err, &answer) || answer.Code < 400 || answer.Code >= 500 || answer.Code == http.StatusUnauthorized || mends(answer) {
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

// answered reports whether BigQuery has answered with this status.
func answered(err error, status int) bool {
	var answer *googleapi.Error
	return errors.As(err, &answer) && answer.Code == status
}

// passing reports trouble that a second call may not meet: the server's, the network's, or too many calls.
func passing(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var answer *googleapi.Error
	return !errors.As(err, &answer) || mends(answer)
}

// mends reports an answer that a second call may not get.
func mends(answer *googleapi.Error) bool {
	switch answer.Code {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return slices.Contains([]string{"rateLimitExceeded", "backendError"}, reason(answer))
	}
	return answer.Code >= 500 && answer.Code != http.StatusNotImplemented
}

const (
	// tries bounds how often one call is made while it meets passing trouble. Whoever called may try again later.
	tries = 4
	// maxPause bounds the pause between two questions about a job, and between two tries.
	maxPause = 5 * time.Second
)

// call makes a call that may be repeated, again with backoff while the trouble may pass. All of the driver's may: jobs by
// their ids, changes to tables by their etags. The client repeats some calls itself, for as long as their context lasts;
// what it gives up at once, a connection that ends in the middle say, is repeated here.
func call[T any](ctx context.Context, d *Driver, f func(ctx context.Context) (T, error)) (T, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval, wait.Multiplier = d.pause, maxPause, 2
	return backoff.Retry(ctx, func() (T, error) {
		ctx, cancel := context.WithTimeout(ctx, d.patience)
		defer cancel()
		v, err := f(ctx)
		if err != nil && !passing(err) {
			err = backoff.Permanent(err)
		}
		return v, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(tries))
}
