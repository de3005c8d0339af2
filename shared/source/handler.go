package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// maxRequest bounds a request's body; a valid one has some thirty bytes.
const maxRequest = 4 << 10

// requestError is a request that is malformed, or that the source cannot serve.
type requestError struct{ error }

func badRequest(format string, args ...any) error { return requestError{fmt.Errorf(format, args...)} }

// failure is the answer to a request that failed.
type failure struct {
	Source    string `json:"source"`
	Partition string `json:"partition,omitempty"`
	Error     string `json:"error"`
	Hint      string `json:"hint,omitempty"`
	Retry     bool   `json:"retry"` // the same request may succeed later
	// Refusals says what was refused, if a person can accept what was staged.
	Refusals []stage.Refusal `json:"refusals,omitempty"`
}

// Call is a request to a source's function.
type Call struct {
	Partition partition.Partition
	AsOf      time.Time // decides whether snapshot tables can still be read
	Accept    bool      // load the rows that the newest load has staged and that were refused
	By        string    // who accepts them
	Reason    string    // why
	LoadID    string    // of the refused load whose rows they have seen; empty: the newest
}

// Handler serves POST requests of Cloud Scheduler or a person. The body is {"partition":"2026-11-21"}, or empty
// for the newest partition that was complete at the request's X-CloudScheduler-ScheduleTime (without that
// header: now). The header may lie two days back, for a run that is late, and not ahead.
// {"partition":"2026-11-21","accept":true,"by":"ada@laptop","reason":"cleaned the list"} loads what was refused, with a
// "load_id" only what that load read; see Runner.Accept.
//
// It answers in JSON: 200 with a Result; 400 if the request is malformed; 422, with a hint, if the same request
// would fail again, or if what the source sent is refused; 503 if it may succeed later.
func (r *Runner) Handler() http.Handler { return r.Serve(r.Run) }

// Serve returns a Handler that calls run for a request that accepts nothing.
func (r *Runner) Serve(run func(ctx context.Context, p partition.Partition, asOf time.Time) (Result, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		call, err := r.readCall(req)
		var result Result
		switch {
		case err != nil:
		case call.Accept:
			result, err = r.Accept(req.Context(), call)
		default:
			result, err = run(req.Context(), call.Partition, call.AsOf)
		}
		if err == nil {
			reply(w, http.StatusOK, result)
			return
		}
		f := r.failure(stage.Load{}, err)
		answer := failure{r.Name, call.Partition.String(), f.Reason, f.Hint, f.Retry, f.Refusals}
		status := http.StatusUnprocessableEntity
		var bad requestError
		switch {
		case errors.As(err, &bad):
			status, answer.Retry = http.StatusBadRequest, false
			r.deps.Log.Error("bad request", "source", r.Name, "error", f.Reason)
		case f.Retry:
			status = http.StatusServiceUnavailable
		}
		reply(w, status, answer)
	})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // it fails only if the caller has closed the connection
}

// What a schedule's time may be, relative to the function's clock. Any other one would load what a service says now as
// the snapshot of another day.
const (
	maxSlotAge   = 48 * time.Hour
	maxSlotAhead = 5 * time.Minute
)

// readCall reads a request. With an explicit partition the schedule's time does not count, because a job that is run by
// hand may carry the time of its next slot.
func (r *Runner) readCall(req *http.Request) (call Call, err error) {
	if req.Method != http.MethodPost {
		return call, badRequest("method %s: source %s takes POST requests", req.Method, r.Name)
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, req.Body, maxRequest))
	if err == nil && len(body) > 0 {
		call, err = decodeCall(body)
	}
	if err != nil {
		return Call{}, badRequest("body: %w; want {\"partition\":\"2026-11-21\"} or nothing", err)
	}
	call.AsOf = r.deps.AsOf()
	if call.Partition.IsZero() {
		if call.AsOf, err = scheduleTime(req, call.AsOf); err != nil {
			return Call{}, err
		}
		call.Partition = partition.NewestComplete(r.section.Cadence, call.AsOf)
	}
	return call, nil
}

// scheduleTime returns the schedule's time of a request; now if it has none.
func scheduleTime(req *http.Request, now time.Time) (time.Time, error) {
	const name = "X-CloudScheduler-ScheduleTime"
	text := req.Header.Get(name)
	if text == "" {
		return now, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, badRequest("header %s %.40q is not an RFC 3339 time", name, text)
	}
	first, last := now.Add(-maxSlotAge), now.Add(maxSlotAhead)
	if at.Before(first) || at.After(last) {
		return at, badRequest("header %s is %s; it must lie between %s and %s; fix: name the day or month in the body, as in "+
			"{\"partition\":\"2026-11-21\"}", name, text, first.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339))
	}
	return at, nil
}

// decodeCall reads the body of a request. It returns the zero Partition for {}.
func decodeCall(body []byte) (call Call, err error) {
	var request struct {
		Partition *string `json:"partition"`
		Accept    bool    `json:"accept"`
		By        string  `json:"by"`
		Reason    string  `json:"reason"`
		LoadID    string  `json:"load_id"`
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&request); err != nil {
		return call, err
	}
	if _, extra := dec.Token(); !errors.Is(extra, io.EOF) {
		return call, errors.New("something follows the JSON object")
	}
	call = Call{Accept: request.Accept, By: request.By, Reason: request.Reason, LoadID: request.LoadID}
	switch {
	case call.Accept && (request.Partition == nil || call.By == ""):
		return call, errors.New("to accept, name the partition and who accepts it (by)")
	case !call.Accept && (call.By != "" || call.Reason != "" || call.LoadID != ""):
		return call, errors.New("by, reason and load_id are only for accept")
	case request.Partition != nil:
		call.Partition, err = partition.Parse(*request.Partition)
	}
	return call, err
}
