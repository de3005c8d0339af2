package bigquerytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/warehouse"
)

// refusal is an answer that is no success, in BigQuery's words.
type refusal struct {
	status          int
	reason, message string
}

func (r *refusal) Error() string { return r.message }

func fail(status int, reason, format string, args ...any) error {
	return &refusal{status, reason, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return fail(http.StatusBadRequest, "invalid", format, args...)
}

func noTable(project string, t warehouse.Table) error {
	return fail(http.StatusNotFound, "notFound", "Not found: Table %s:%s", project, t)
}

// faults are answers of a BigQuery in trouble, by their status.
var faults = map[int]error{
	http.StatusTooManyRequests:     &refusal{http.StatusTooManyRequests, "rateLimitExceeded", "Exceeded rate limits: too many api requests per user per method for this user_method"},
	http.StatusInternalServerError: &refusal{http.StatusInternalServerError, "internalError", "An internal error occurred and the request could not be completed"},
	http.StatusServiceUnavailable:  &refusal{http.StatusServiceUnavailable, "backendError", "Error encountered during execution. Retrying may solve the problem."},
	http.StatusForbidden:           &refusal{http.StatusForbidden, "rateLimitExceeded", "Exceeded rate limits"},
}

// refuse answers with an error as all of Google's APIs do.
func refuse(w http.ResponseWriter, err error) {
	var r *refusal
	if !errors.As(err, &r) {
		r = &refusal{http.StatusInternalServerError, "internalError", err.Error()}
	}
	type item struct {
		Message string `json:"message"`
		Domain  string `json:"domain"`
		Reason  string `json:"reason"`
	}
	text, _ := json.Marshal(map[string]any{"error": map[string]any{ // strings and a number: it cannot fail
		"code": r.status, "message": r.message, "errors": []item{{r.message, "global", r.reason}},
	}})
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(r.status)
	_, _ = w.Write(text)
}

func callOf(r *http.Request, body []byte) Call {
	path := strings.Replace(r.URL.Path, "/bigquery/v2/", "", 1)
	return Call{Method: r.Method, Path: strings.TrimPrefix(path, "/"), Query: r.URL.RawQuery, Body: body}
}

// bodyOf is a request's JSON. Of a multipart upload that is the first part; the second is the data, which has to be empty:
// Rollcall uploads nothing else.
func bodyOf(r *http.Request) ([]byte, error) {
	body := io.LimitReader(r.Body, maxBody)
	if !strings.HasPrefix(r.URL.Path, "/upload/") {
		return io.ReadAll(body)
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" || r.URL.Query().Get("uploadType") != "multipart" {
		return nil, fmt.Errorf("an upload of type %q (%s) is no part of this fake", kind, r.URL.Query().Get("uploadType"))
	}
	parts := multipart.NewReader(body, params["boundary"])
	var texts [][]byte
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	if len(texts) != 2 || len(texts[1]) != 0 {
		return nil, errors.New("an upload has two parts here, of which the second is empty")
	}
	return texts[0], nil
}

// told is an answer as BigQuery gives it: it takes the types of columns by either of their names, and tells the older.
// https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema.FIELDS.type
func told(v any) any {
	switch v := v.(type) {
	case *bq.Table:
		c := *v
		c.Schema = older(v.Schema)
		return &c
	case *bq.GetQueryResultsResponse:
		c := *v
		c.Schema = older(v.Schema)
		return &c
	case *bq.Job:
		if v.Statistics != nil && v.Statistics.Query != nil {
			c, stats, query := *v, *v.Statistics, *v.Statistics.Query
			query.Schema = older(query.Schema)
			c.Statistics, stats.Query = &stats, &query
			return &c
		}
	}
	return v
}

func older(s *bq.TableSchema) *bq.TableSchema {
	if s == nil {
		return nil
	}
	names := map[string]string{"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}
	c := &bq.TableSchema{}
	for _, f := range s.Fields {
		field := *f
		if name, ok := names[f.Type]; ok {
			field.Type = name
		}
		c.Fields = append(c.Fields, &field)
	}
	return c
}
