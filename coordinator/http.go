package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// ServeHTTP takes one Pub/Sub push. What it answers tells Pub/Sub what to do with the message:
//
//	204  done with it: everything it could move has been moved, or it is in the dead-letter topic
//	400  the body is no push envelope; the log says what is wrong with it
//	405  not a POST
//	429  the work is under way; deliver again later
//	503  trouble that may mend; deliver again later
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
	var unusable *UnusableError
	if errors.As(err, &unusable) {
		log.ErrorContext(ctx, "event is of no use, it goes to the dead letters", "reason", unusable.Reason)
		err = c.DeadLetters.PublishRaw(ctx, push.Message.Data, deadLetter(push, unusable.Reason))
	}
	switch {
	case err == nil:
		log.DebugContext(ctx, "event handled")
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, ErrBusy):
		log.InfoContext(ctx, "event has to come back", "reason", err)
		http.Error(w, err.Error(), http.StatusTooManyRequests)
	default:
		log.ErrorContext(ctx, "event not handled, it will be delivered again", "error", err)
		http.Error(w, "not handled; the log says why", http.StatusServiceUnavailable)
	}
}

// maxAttribute is how many bytes Pub/Sub allows in the value of an attribute.
const maxAttribute = 1024

// deadLetter are the attributes that a message had, and those that tell why it is in the dead-letter topic.
func deadLetter(push event.Push, reason string) map[string]string {
	attributes := map[string]string{}
	for name, value := range push.Message.Attributes {
		attributes[name] = value
	}
	if len(reason) > maxAttribute {
		reason = strings.ToValidUTF8(reason[:maxAttribute-len("…")], "") + "…" // half a letter is no text, which Pub/Sub would refuse
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
	// maxWish bounds a request's body; a valid one has some fifty bytes.
	maxWish = 4 << 10
	// maxDays bounds the range that a person may have swept at once: three years.
	maxDays = 1100
)

// ServeHTTP sweeps, by POST. With an empty body, as Cloud Scheduler sends it, see Run. With {"from":"2026-11-01",
// "to":"2026-11-21"} every model's partition with a day from one to the other is moved on, see Coordinator.Sweep, and nothing
// else is done: no reports, no asking. A "hold" besides is the id of a hold on them that is the asker's own, see
// SweepHolding. The answer is JSON, a Swept:
//
//	200  done
//	400  the body is neither; the answer says what is wrong with it
//	405  not a POST
//	429  done, save what is under way; come back for that
//	503  trouble that may mend; come back
func (s *Sweeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "a sweep is asked for by POST", http.StatusMethodNotAllowed)
		return
	}
	wish, err := decodeSweepRequest(http.MaxBytesReader(w, r.Body, maxWish))
	if err != nil {
		s.Log.WarnContext(r.Context(), "request refused", "error", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.limits.Deadline)
	defer cancel()
	swept, err := s.serve(ctx, wish)
	status := http.StatusOK
	switch {
	case err == nil:
		s.Log.InfoContext(ctx, "swept", "found", len(swept.Found), "moved", len(swept.Moved), "overdue", len(swept.Overdue),
			"requested", len(swept.Requested))
	case errors.Is(err, ErrBusy), ctx.Err() != nil:
		status, swept.Error = http.StatusTooManyRequests, err.Error()
		s.Log.InfoContext(ctx, "sweep has to come back", "reason", err)
	default:
		status, swept.Error = http.StatusServiceUnavailable, "not all was done; the log says why"
		s.Log.ErrorContext(ctx, "sweep did not do all, the next goes on", "error", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(swept) // a caller that has gone does not want it
}

// sweepRequest is what a person wants swept; zero: what the clock wants.
type sweepRequest struct {
	From partition.Partition `json:"from"`
	To   partition.Partition `json:"to"`
	Hold string              `json:"hold"` // one that does not keep this sweep out; empty: every hold does
}

func decodeSweepRequest(body io.Reader) (sweepRequest, error) {
	var w sweepRequest
	refuse := func(why any) (sweepRequest, error) {
		return sweepRequest{}, fmt.Errorf(`body: %v; want nothing, or {"from":"2026-11-01","to":"2026-11-21"}`, why)
	}
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); errors.Is(err, io.EOF) {
		return sweepRequest{}, nil
	} else if err != nil {
		return refuse(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refuse("something follows the JSON object")
	}
	switch {
	case w.From.Grain() != partition.Daily || w.To.Grain() != partition.Daily:
		return refuse("from and to are not two days")
	case w.To.Compare(w.From) < 0:
		return refuse("to is before from")
	case w.From.Add(maxDays).Compare(w.To) <= 0:
		return refuse(fmt.Sprintf("%s to %s is more than %d days", w.From, w.To, maxDays))
	}
	return w, nil
}

func (s *Sweeper) serve(ctx context.Context, w sweepRequest) (SweepResult, error) {
	if w == (sweepRequest{}) {
		return s.Run(ctx)
	}
	swept := SweepResult{From: w.From, To: w.To}
	moved, err := s.withHold(w.Hold).move(ctx, w.From, w.To)
	for _, t := range moved {
		swept.Moved = append(swept.Moved, t.String())
	}
	return swept, err
}
