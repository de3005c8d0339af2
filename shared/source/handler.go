package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
)

// maxRequest bounds a request's body; a valid one has some thirty bytes.
const maxRequest = 4 << 10

// requestError is a request that cannot be carried out as it stands.
type requestError struct{ error }

func badRequest(format string, args ...any) error { return requestError{fmt.Errorf(format, args...)} }

// failure is the answer to a request that failed.
type failure struct {
	Source    string `json:"source"`
	Partition string `json:"partition,omitempty"`
	Error     string `json:"error"`
	Hint      string `json:"hint,omitempty"`
	Retry     bool   `json:"retry"` // the same request may succeed later
}

// Handler serves the source as a function: POST, by Cloud Scheduler or by a person. The body is
// {"partition":"2026-11-21"}, or empty for the newest partition that was complete at the request's
// X-CloudScheduler-ScheduleTime (without that header: now).
//
// The answer is JSON: 200 with a Result; 400 when the request is malformed; 422 when the same request would fail again,
// with the hint; 503 when it may succeed later.
func (r *Runner) Handler() http.Handler { return r.Serve(r.Run) }

// Serve is Handler for a source that runs in its own way.
func (r *Runner) Serve(run func(ctx context.Context, p partition.Partition, asOf time.Time) (Result, error)) http.Handler {
	redact := cloudlog.NewRedactor(r.source.Secrets...)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		p, asOf, err := r.readRequest(req)
		var result Result
		if err == nil {
			result, err = run(req.Context(), p, asOf)
		}
		if err == nil {
			reply(w, http.StatusOK, result)
			return
		}
		f := failure{Source: r.source.Name, Partition: p.String(), Error: redact.String(err.Error())}
		status := http.StatusServiceUnavailable
		var bad requestError
		var final *Error
		switch {
		case errors.As(err, &bad):
			status = http.StatusBadRequest
		case errors.As(err, &final):
			status, f.Hint = http.StatusUnprocessableEntity, redact.String(final.Hint)
		default:
			f.Retry = true
		}
		r.deps.Log.Error("not loaded", "source", f.Source, "partition", f.Partition, "error", f.Error, "hint", f.Hint, "retry", f.Retry)
		reply(w, status, f)
	})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // the caller has gone; there is nobody left to tell
}

// readRequest says which partition is asked for, and as of when. An explicit partition wins over the schedule's time,
// because a job that is run by hand may carry the next slot's time.
func (r *Runner) readRequest(req *http.Request) (partition.Partition, time.Time, error) {
	var none partition.Partition
	if req.Method != http.MethodPost {
		return none, time.Time{}, badRequest("method %s: source %s is asked by POST", req.Method, r.source.Name)
	}
	asOf := r.deps.Now()
	if slot := req.Header.Get("X-CloudScheduler-ScheduleTime"); slot != "" {
		t, err := time.Parse(time.RFC3339, slot)
		if err != nil {
			return none, time.Time{}, badRequest("header X-CloudScheduler-ScheduleTime %.40q is no RFC 3339 time", slot)
		}
		asOf = t
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, req.Body, maxRequest))
	if err != nil {
		return none, time.Time{}, badRequest("body: %w; want {\"partition\":\"2026-11-21\"} or nothing", err)
	}
	newest := partition.NewestComplete(r.source.Grain, asOf)
	if len(body) == 0 {
		return newest, asOf, nil
	}
	asked, err := decodeRequest(body)
	if err != nil {
		return none, time.Time{}, err
	}
	if asked.IsZero() {
		return newest, asOf, nil
	}
	return asked, asOf, nil
}
