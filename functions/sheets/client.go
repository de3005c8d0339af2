package sheets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"
	htransport "google.golang.org/api/transport/http"

	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/upstream"
)

const (
	tries      = 6               // while the failure may pass, the first included
	longestTry = time.Minute     // of one request
	longestAll = 5 * time.Minute // of all tries
	maxBody    = 16 << 20        // bytes of the answer; a row of the sheet has about 60
)

// read requests the range and retries a failure that may pass, which the client library does not.
func (c Config) read(ctx context.Context) (*sheets.ValueRange, error) {
	service, err := c.service(ctx)
	if err != nil {
		return nil, source.Errorf(
			"run the function as a service account, or log in with: gcloud auth application-default login",
			"no credentials for Google Sheets: %w", err)
	}
	call := service.Spreadsheets.Values.Get(c.ID, c.Range).Context(ctx).
		ValueRenderOption("UNFORMATTED_VALUE").  // a formatted value is text in the sheet's locale
		DateTimeRenderOption("FORMATTED_STRING") // an unformatted date is a serial number
	opts := upstream.Options{Name: "Google Sheets", Tries: tries, FirstWait: cmp.Or(c.RetryWait, 2*time.Second),
		LongestAll: longestAll}
	return upstream.Retry(ctx, opts, func() (*sheets.ValueRange, error) {
		answer, err := call.Do()
		if err != nil && !temporary(err) {
			return nil, backoff.Permanent(c.explain(err))
		}
		return answer, c.explain(err)
	})
}

// service returns Google's client. It signs requests as the function's service account, except those to this machine.
func (c Config) service(ctx context.Context) (*sheets.Service, error) {
	transport := upstream.WholeJSON(c.transport, maxBody)
	if !upstream.IsLoopback(c.URL) {
		signed, err := htransport.NewTransport(ctx, transport, option.WithScopes(sheets.SpreadsheetsReadonlyScope))
		if err != nil {
			return nil, err
		}
		transport = signed
	}
	return sheets.NewService(ctx, option.WithEndpoint(strings.TrimSuffix(c.URL, "/")+"/"),
		option.WithHTTPClient(&http.Client{Transport: transport, Timeout: longestTry}))
}

// temporary reports whether the same request may succeed later.
func temporary(err error) bool {
	var refused *googleapi.Error
	if !errors.As(err, &refused) {
		return !errors.Is(err, upstream.ErrTooLarge)
	}
	return refused.Code == http.StatusTooManyRequests || refused.Code >= http.StatusInternalServerError
}

// explain adds the hint to a refusal of Google. An error without a hint may pass.
func (c Config) explain(err error) error {
	var refused *googleapi.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, upstream.ErrTooLarge):
		return source.Errorf("set a smaller range in SHEETS_RANGE", "range %s of the sheet has more than %d bytes",
			c.Range, maxBody)
	case !errors.As(err, &refused):
		if call, ok := errors.AsType[*url.Error](err); ok {
			err = call.Err // the address adds nothing to SHEETS_ID and SHEETS_RANGE
		}
		return fmt.Errorf("Google Sheets: %w", err)
	}
	said := fmt.Sprintf("HTTP %d: %.300s", refused.Code, refused.Message)
	if refused.Message == "" {
		said = fmt.Sprintf("HTTP %d, no reason given", refused.Code)
	}
	switch refused.Code {
	case http.StatusBadRequest:
		return source.Errorf("check SHEETS_RANGE; want the tab's name and a range, like Sheet1!A:D",
			"Google Sheets cannot read the range %s (%s)", c.Range, said)
	case http.StatusUnauthorized:
		return source.Errorf("run the function as a service account, or log in with: gcloud auth application-default login",
			"Google Sheets rejects the credentials (%s)", said)
	case http.StatusForbidden:
		return c.explainForbidden(refused, said)
	case http.StatusNotFound:
		return source.Errorf("check SHEETS_ID: the part between /d/ and /edit of the sheet's address",
			"there is no such sheet (%s)", said)
	case http.StatusTooManyRequests:
		return fmt.Errorf("the quota of Google Sheets, 60 reads a minute for one user, is used up (%s)", said)
	}
	if refused.Code >= http.StatusInternalServerError {
		return fmt.Errorf("Google Sheets is not available (%s)", said)
	}
	return source.Errorf("compare the request in functions/sheets/client.go with the reference of spreadsheets.values.get",
		"Google Sheets refused the request (%s)", said)
}

// explainForbidden distinguishes the three reasons of a 403.
func (c Config) explainForbidden(refused *googleapi.Error, said string) error {
	switch {
	case strings.Contains(refused.Body, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"):
		return source.Errorf(
			"run the function as a service account of its own; on your own machine, log in with the scope: gcloud auth application-default login "+
				"--scopes=https://www.googleapis.com/auth/cloud-platform,"+sheets.SpreadsheetsReadonlyScope,
			"the credentials lack the scope to read sheets (%s)", said)
	case strings.Contains(refused.Body, "SERVICE_DISABLED"):
		return source.Errorf("switch it on with: gcloud services enable sheets.googleapis.com",
			"the Google Sheets API is off in the project (%s)", said)
	}
	account := c.ServiceAccount
	if account == "" {
		account = "the function's service account"
	}
	return source.Errorf("open the sheet, choose Share, and add "+account+" as a Viewer",
		"the sheet is not shared with the function (%s)", said)
}
