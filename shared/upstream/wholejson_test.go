package upstream_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"example.com/rollcall/shared/upstream"
)

func TestWholeJSON(t *testing.T) {
	var notJSON *upstream.NotJSONError
	for _, tc := range []struct {
		name   string
		answer func() (*http.Response, error)
		want   func(error) bool
	}{
		{"JSON is handed on", status(200, `{"a":1}`), func(err error) bool { return err == nil }},
		{"so is a refusal", status(401, `{"error":{}}`), func(err error) bool { return err == nil }},
		{"a redirect", status(302, `{"a":1}`, "Location", "https://example.org/"), func(err error) bool { return errors.Is(err, upstream.ErrRedirect) }},
		{"a redirect to the same host", status(307, `{"a":1}`, "Location", "/b"), func(err error) bool { return errors.Is(err, upstream.ErrRedirect) }},
		{"HTML", status(502, `<html></html>`), func(err error) bool { return errors.As(err, &notJSON) && notJSON.Status == 502 }},
		{"JSON cut short", status(200, `{"a":`), func(err error) bool { return errors.As(err, &notJSON) && notJSON.Status == 200 }},
		{"nothing", status(429, ``), func(err error) bool { return errors.As(err, &notJSON) && notJSON.Status == 429 }},
		{"too much", status(200, `{"a":12345678901234567890}`), func(err error) bool { return errors.Is(err, upstream.ErrTooLarge) }},
		{"a connection that breaks in the body", cutShort, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		{"a connection that breaks before it", broken, func(err error) bool { return err != nil }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := &http.Client{Transport: upstream.WholeJSON(&answers{list: list(tc.answer)}, 20)}
			resp, err := client.Get("https://example.com")
			if !tc.want(err) {
				t.Fatalf("got %v", err)
			}
			if err == nil {
				if body, err := io.ReadAll(resp.Body); err != nil || len(body) == 0 {
					t.Errorf("read %q, %v", body, err)
				}
			}
		})
	}
}
