package deployment

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/stage"
)

// Request asks a source to load one partition.
type Request struct {
	Source    string
	Partition partition.Partition
	Accept    bool   // load the rows that the newest load has staged and that were refused
	By        string // who accepts them
	Reason    string // why; may be empty
	LoadID    string // of the refused load whose rows they have seen; empty: the newest
}

// body returns the body of the request; see source.Runner.Handler.
func (r Request) body() []byte {
	body, _ := json.Marshal(struct { // strings and a bool: it cannot fail
		Partition string `json:"partition"`
		Accept    bool   `json:"accept,omitempty"`
		By        string `json:"by,omitempty"`
		Reason    string `json:"reason,omitempty"`
		LoadID    string `json:"load_id,omitempty"`
	}{r.Partition.String(), r.Accept, r.By, r.Reason, r.LoadID})
	return body
}

func (r Request) String() string { return r.Source + " " + r.Partition.String() }

// maxAnswer bounds what is read of a function's answer.
const maxAnswer = 1 << 20

// Post posts a request to a source's function, as Cloud Scheduler does, and returns what was loaded once it is published.
// It fails with a *Refusal when the function answers that nothing was loaded.
func Post(ctx context.Context, client *http.Client, url string, r Request) (result source.Result, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(r.body()))
	if err != nil {
		return result, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return result, fmt.Errorf("request %s: %w", r, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return result, fmt.Errorf("request %s: %w", r, err)
	}
	if resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(answer, &result); err != nil {
			return result, fmt.Errorf("request %s: the answer is not the result of a load: %w", r, err)
		}
		return result, nil
	}
	refusal := &Refusal{Status: resp.StatusCode}
	if json.Unmarshal(answer, refusal) != nil || refusal.Reason == "" {
		refusal.Reason = fmt.Sprintf("the function answered %s: %.200s", resp.Status, answer)
	}
	refusal.Reason = strings.TrimSuffix(refusal.Reason, "; fix: "+refusal.Hint) // a wrapped error repeats its hint
	return result, refusal
}

// Refusal is a function's answer that a partition was not loaded, and why.
type Refusal struct {
	Status int    `json:"-"` // of HTTP
	Reason string `json:"error"`
	Hint   string `json:"hint"`
	// Refusals says why what was staged was refused; empty: there is nothing that a person could accept.
	Refusals []stage.Refusal `json:"refusals"`
}

func (r *Refusal) Error() string { return r.Reason }

// Acceptable reports whether a person can accept what was staged.
func (r *Refusal) Acceptable() bool { return len(r.Refusals) > 0 }
