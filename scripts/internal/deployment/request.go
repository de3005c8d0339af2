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
)

// maxAnswer bounds what is read of a function's answer.
const maxAnswer = 1 << 20

// RequestLoad posts a request for one partition to a source's function, as Cloud Scheduler does, and returns
// the answer once the partition is loaded and published. It fails with a *Refusal when the function answers
// that it is not.
func RequestLoad(ctx context.Context, client *http.Client, source, url string, p partition.Partition,
	header http.Header, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if header != nil {
		req.Header = header
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("request %s %s: %w", source, p, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("request %s %s: %w", source, p, err)
	}
	if resp.StatusCode == http.StatusOK {
		return answer, nil
	}
	r := &Refusal{Status: resp.StatusCode}
	if json.Unmarshal(answer, r) != nil || r.Reason == "" {
		r.Reason = fmt.Sprintf("the function answered %s: %.200s", resp.Status, answer)
	}
	r.Reason = strings.TrimSuffix(r.Reason, "; fix: "+r.Hint) // a wrapped error repeats its hint
	return nil, r
}

// Explicit returns the body of a request for one partition.
func Explicit(p partition.Partition) []byte { return fmt.Appendf(nil, `{"partition":%q}`, p) }

// Refusal is a function's answer that a partition was not loaded, and why.
type Refusal struct {
	Status int    `json:"-"` // of HTTP
	Reason string `json:"error"`
	Hint   string `json:"hint"`
}

func (r *Refusal) Error() string { return r.Reason }
