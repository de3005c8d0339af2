package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"example.com/rollcall/shared/partition"
)

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
