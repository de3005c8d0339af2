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

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
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
}

// Handler serves POST requests of Cloud Scheduler or a person. The body is {"partition":"2026-11-21"}, or empty
// for the newest partition that was complete at the request's X-CloudScheduler-ScheduleTime (without that
// header: now).
//
// It answers in JSON: 200 with a Result; 400 if the request is malformed; 422, with a hint, if the same request
// would fail again; 503 if it may succeed later.
func (r *Runner) Handler() http.Handler { return r.Serve(r.Run) }

// Serve returns a Handler that calls run in place of Run.
func (r *Runner) Serve(run func(ctx context.Context, p partition.Partition,
	asOf time.Time) (Result, error)) http.Handler {
	redact := cloudlog.NewRedactor(r.Secrets...)
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
		f := failure{Source: r.Name, Partition: p.String(), Error: redact.String(err.Error())}
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
		r.deps.Log.Error("not loaded",
			"source", f.Source, "partition", f.Partition, "error", f.Error, "hint", f.Hint, "retry", f.Retry)
		reply(w, status, f)
	})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // it fails only if the caller has closed the connection
}

// readRequest returns the requested partition and the instant to load it as of. An explicit partition takes
// precedence over the schedule's time, because a job that is run by hand may carry the time of its next slot.
func (r *Runner) readRequest(req *http.Request) (p partition.Partition, asOf time.Time, err error) {
	if req.Method != http.MethodPost {
		return p, asOf, badRequest("method %s: source %s takes POST requests", req.Method, r.Name)
	}
	asOf = r.deps.Now()
	if slot := req.Header.Get("X-CloudScheduler-ScheduleTime"); slot != "" {
		if asOf, err = time.Parse(time.RFC3339, slot); err != nil {
			return p, asOf, badRequest("header X-CloudScheduler-ScheduleTime %.40q is not an RFC 3339 time", slot)
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, req.Body, maxRequest))
	if err == nil && len(body) > 0 {
		p, err = decodeRequest(body)
	}
	if err != nil {
		return p, asOf, badRequest("body: %w; want {\"partition\":\"2026-11-21\"} or nothing", err)
	}
	if p.IsZero() {
		p = partition.NewestComplete(r.section.Cadence, asOf)
	}
	return p, asOf, nil
}

// decodeRequest reads {"partition":"2026-11-21"}. It returns the zero Partition for {}.
func decodeRequest(body []byte) (p partition.Partition, err error) {
	var request struct {
		Partition *string `json:"partition"`
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&request); err != nil {
		return p, err
	}
	if _, extra := dec.Token(); !errors.Is(extra, io.EOF) {
		return p, errors.New("something follows the JSON object")
	}
	if request.Partition == nil {
		return p, nil
	}
	return partition.Parse(*request.Partition)
}
