package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// ServeHTTP handles one Pub/Sub push. The status tells Pub/Sub what to do with the message:
//
//	204  done: every target that it affects is up to date, or the message is in the dead-letter topic
//	400  the body is not a push envelope; the log says what is wrong with it
//	405  not a POST
//	429  the work is under way; deliver again later
//	503  a fault that may be transient; deliver again later
func (c *Coordinator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "the coordinator takes Pub/Sub pushes, by POST", http.StatusMethodNotAllowed)
		return
	}
	push, err := event.DecodePush(r.Body)
	if err != nil {
		c.Log.WarnContext(r.Context(), "request refused", "error", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.limits.Deadline)
	defer cancel()
	log := c.Log.With("message_id", push.Message.MessageID, "delivery_attempt", push.DeliveryAttempt)
	e, err := event.Decode(push.Message.Data)
	if err == nil {
		log = log.With("type", e.Type, "source", e.Source, "partition", e.Partition.String(), "load_id", e.LoadID)
		err = c.Handle(ctx, e)
	} else {
		err = &UnusableError{err.Error()}
	}
	if unusable, ok := errors.AsType[*UnusableError](err); ok {
		log.ErrorContext(ctx, "event is unusable and goes to the dead letters", "reason", unusable.Reason)
		err = c.DeadLetters.PublishRaw(ctx, push.Message.Data, deadLetter(push, unusable.Reason))
	}
	switch {
	case err == nil:
		log.DebugContext(ctx, "event handled")
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, ErrBusy):
		log.InfoContext(ctx, "event must be delivered again", "reason", err)
		http.Error(w, err.Error(), http.StatusTooManyRequests)
	default:
		log.ErrorContext(ctx, "event was not handled and will be delivered again", "error", err)
		http.Error(w, "not handled; the log says why", http.StatusServiceUnavailable)
	}
}

// maxAttribute is the number of bytes that Pub/Sub allows in the value of an attribute.
const maxAttribute = 1024

// deadLetter returns the attributes of a message and, added to them, those that say why it is in the
// dead-letter topic.
func deadLetter(push event.Push, reason string) map[string]string {
	attributes := map[string]string{}
	maps.Copy(attributes, push.Message.Attributes)
	if len(reason) > maxAttribute {
		reason = strings.ToValidUTF8(reason[:maxAttribute-len("…")], "") + "…" // Pub/Sub refuses half a character
	}
	attributes["reason"] = reason
	attributes["subscription"] = push.Subscription
	attributes["message_id"] = push.Message.MessageID
	if push.DeliveryAttempt > 0 {
		attributes["delivery_attempt"] = strconv.Itoa(push.DeliveryAttempt)
	}
	return attributes
}

const (
	// maxBody bounds the body of a sweep request; a valid one has some fifty bytes.
	maxBody = 4 << 10
	// maxDays bounds the range of a sweep request: three years.
	maxDays = 1100
)

// ServeHTTP sweeps. An empty body, as Cloud Scheduler sends it, asks for what Run does. The body
// {"from":"2026-11-01","to":"2026-11-21"} asks for what Coordinator.Sweep does with that range, and for
// nothing else: no reports, no load requests. With the id of a hold as "hold" it asks for what SweepHolding
// does. The answer is a SweepResult as JSON:
//
//	200  done
//	400  the body is neither; the answer says what is wrong with it
//	405  not a POST
//	429  done except for what is under way; send the request again
//	503  a fault that may be transient; send the request again
func (s *Sweeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "request a sweep by POST", http.StatusMethodNotAllowed)
		return
	}
	request, err := decodeSweepRequest(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.Log.WarnContext(r.Context(), "request refused", "error", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.limits.Deadline)
	defer cancel()
	result, err := s.serve(ctx, request)
	status := http.StatusOK
	switch {
	case err == nil:
		s.Log.InfoContext(ctx, "swept", "recovered", len(result.Recovered), "published", len(result.Published),
			"overdue", len(result.Overdue), "requested", len(result.Requested), "gone", len(result.Gone))
	case errors.Is(err, ErrBusy), ctx.Err() != nil:
		status, result.Error = http.StatusTooManyRequests, err.Error()
		s.Log.InfoContext(ctx, "sweep is incomplete, work is under way", "reason", err)
	default:
		status, result.Error = http.StatusServiceUnavailable, "the sweep is incomplete; the log says why"
		s.Log.ErrorContext(ctx, "sweep is incomplete, the next one continues", "error", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(result) // an error means that the caller has gone
}

// sweepRequest is the body of a request; the zero value is an empty body.
type sweepRequest struct {
	From partition.Partition `json:"from"`
	To   partition.Partition `json:"to"`
	Hold string              `json:"hold"` // id of the caller's own hold, which the sweep ignores
}

func decodeSweepRequest(body io.Reader) (sweepRequest, error) {
	var r sweepRequest
	refuse := func(why any) (sweepRequest, error) {
		return sweepRequest{}, fmt.Errorf(`body: %v; want nothing, or {"from":"2026-11-01","to":"2026-11-21"}`, why)
	}
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); errors.Is(err, io.EOF) {
		return sweepRequest{}, nil
	} else if err != nil {
		return refuse(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refuse("something follows the JSON object")
	}
	switch {
	case r.From.Grain() != partition.Daily || r.To.Grain() != partition.Daily:
		return refuse("from and to are not two days")
	case r.To.Compare(r.From) < 0:
		return refuse("to is before from")
	case r.From.Add(maxDays).Compare(r.To) <= 0:
		return refuse(fmt.Sprintf("%s to %s is more than %d days", r.From, r.To, maxDays))
	}
	return r, nil
}

func (s *Sweeper) serve(ctx context.Context, r sweepRequest) (SweepResult, error) {
	if r == (sweepRequest{}) {
		return s.Run(ctx)
	}
	result := SweepResult{From: r.From, To: r.To}
	published, err := s.withHold(r.Hold).sweep(ctx, r.From, r.To)
	result.addPublished(published)
	return result, err
}
