package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
)

// ask is one partition of one source, or of one model.
type ask struct {
	name      string
	partition partition.Partition
}

// morning is how long after a partition's end an invented service is asked for it, when its day's numbers are in.
const morning = 8 * time.Hour

// maxAnswer bounds what is read of a function's answer.
const maxAnswer = 1 << 20

// asker asks functions for partitions, as Cloud Scheduler and people do.
type asker struct{ client *http.Client }

// ask posts one request and returns when the partition is loaded and published. The error is a *refusal when the function
// answered otherwise.
func (a asker) ask(ctx context.Context, f feed, p partition.Partition) error {
	var body []byte
	header := http.Header{}
	switch {
	case f.clock != nil:
		// An invented service answers as of any morning, so that the snapshots of past days can be had.
		at := p.End().Add(morning)
		f.clock(at)
		header.Set("X-CloudScheduler-ScheduleTime", at.Format(time.RFC3339))
	case p != f.newest:
		body = fmt.Appendf(nil, `{"partition":%q}`, p)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = header
	resp, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s for %s: %w", f.name, p, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("ask %s for %s: %w", f.name, p, err)
	}
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	r := &refusal{status: resp.StatusCode}
	if json.Unmarshal(answer, r) != nil || r.Reason == "" {
		r.Reason = fmt.Sprintf("the function answered %s: %.200s", resp.Status, answer)
	}
	r.Reason = strings.TrimSuffix(r.Reason, "; to mend it: "+r.Cure) // a wrapped error tells its cure itself
	return r
}

// refusal is a function's answer that a partition was not loaded, and why.
type refusal struct {
	status int
	Reason string `json:"error"`
	Cure   string `json:"cure"`
}

func (r *refusal) Error() string { return r.Reason }
