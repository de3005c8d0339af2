package upstream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// WholeJSON is a transport for a service's own client library. It hands on an answer only when all of it is there, it is
// JSON, and it has at most maxBody bytes. Anything else becomes an error that says so: a *NotJSONError for what a proxy
// says in the service's place and for JSON that is cut short, ErrTooLarge, or the connection's error. Next may be nil for
// http.DefaultTransport.
func WholeJSON(next http.RoundTripper, maxBody int64) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return wholeJSON{next, maxBody}
}

// NotJSONError is an answer that is not JSON.
type NotJSONError struct{ Status, Size int }

func (e *NotJSONError) Error() string {
	return fmt.Sprintf("the answer, HTTP %d of %d bytes, is not JSON: it was cut short, or something else answered in the service's place",
		e.Status, e.Size)
}

type wholeJSON struct {
	next    http.RoundTripper
	maxBody int64
}

func (t wholeJSON) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, t.maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer was cut short after %d bytes: %w", len(body), err)
	case int64(len(body)) > t.maxBody:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, t.maxBody)
	case !json.Valid(body):
		return nil, &NotJSONError{resp.StatusCode, len(body)}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
