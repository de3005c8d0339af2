package upstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// WholeJSON returns a transport for a service's own client library. It passes on an answer only if it is
// complete, is JSON, and has at most maxBody bytes. Otherwise it returns a *NotJSONError, for the page of a
// proxy or truncated JSON, ErrTooLarge, ErrRedirect, or the connection's error. A nil next means http.DefaultTransport.
//
// No redirect is followed: the library would send the credentials along, and such a service has none.
func WholeJSON(next http.RoundTripper, maxBody int64) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return wholeJSON{next, maxBody}
}

// NotJSONError reports an answer that is not JSON.
type NotJSONError struct{ Status, Size int }

// Error returns the status and the size of the answer.
func (e *NotJSONError) Error() string {
	return fmt.Sprintf("the answer, HTTP %d of %d bytes, is not JSON: it is truncated, or a proxy answered in the service's place",
		e.Status, e.Size)
}

// ErrRedirect reports an answer that leads to another address.
var ErrRedirect = errors.New("the answer is a redirect, which is not followed")

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
	case resp.StatusCode >= 300 && resp.StatusCode <= 399:
		return nil, fmt.Errorf("%w: HTTP %d", ErrRedirect, resp.StatusCode)
	case err != nil:
		return nil, fmt.Errorf("the answer ended after %d bytes: %w", len(body), err)
	case int64(len(body)) > t.maxBody:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, t.maxBody)
	case !json.Valid(body):
		return nil, &NotJSONError{resp.StatusCode, len(body)}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
