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
	wish, err := readWish(http.MaxBytesReader(w, r.Body, maxWish))
	if err != nil {
		s.Log.WarnContext(r.Context(), "request refused", "error", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.limits.Deadline)
	defer cancel()
	swept, err := s.fulfil(ctx, wish)
	status := http.StatusOK
	switch {
	case err == nil:
		s.Log.InfoContext(ctx, "swept", "found", len(swept.Found), "moved", len(swept.Moved), "overdue", len(swept.Overdue),
			"asked", len(swept.Asked))
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

// wish is what a person wants swept; zero: what the clock wants.
type wish struct {
	From partition.Partition `json:"from"`
	To   partition.Partition `json:"to"`
	Hold string              `json:"hold"` // one that does not keep this sweep out; empty: every hold does
}

func readWish(body io.Reader) (wish, error) {
	var w wish
	refuse := func(why any) (wish, error) {
		return wish{}, fmt.Errorf(`body: %v; want nothing, or {"from":"2026-11-01","to":"2026-11-21"}`, why)
	}
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); errors.Is(err, io.EOF) {
		return wish{}, nil
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

func (s *Sweeper) fulfil(ctx context.Context, w wish) (Swept, error) {
	if w == (wish{}) {
		return s.Run(ctx)
	}
	swept := Swept{From: w.From, To: w.To}
	moved, err := s.holding(w.Hold).move(ctx, w.From, w.To)
	for _, t := range moved {
		swept.Moved = append(swept.Moved, t.String())
	}
	return swept, err
}
