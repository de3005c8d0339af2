package upstreamtest

import (
	"encoding/json"
	"net/http"
)

// Answer is a fixed answer of a fake.
type Answer struct {
	Status int
	Type   string // content type; empty: none
	Body   string
}

// JSON returns an answer in JSON.
func JSON(status int, body string) Answer {
	return Answer{status, "application/json; charset=utf-8", body}
}

// HTML returns an answer that is a web page, as a proxy or a sign-in page is.
func HTML(status int, title string) Answer {
	return Answer{status, "text/html", "<!DOCTYPE html><html><title>" + title + "</title></html>"}
}

// Send writes the answer.
func (a Answer) Send(w http.ResponseWriter) {
	if a.Type != "" {
		w.Header().Set("Content-Type", a.Type)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write([]byte(a.Body)) // it fails only if the client has closed the connection
}

// OrNull returns v, or nil if v is the zero value: services send null for what they do not know.
func OrNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// SendJSON answers 200 with v in JSON. A truncated answer ends in the middle; for a broken one the connection
// ends there too.
func SendJSON(w http.ResponseWriter, v any, truncated, broken bool) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if truncated || broken {
		body = body[:len(body)/2]
	}
	JSON(http.StatusOK, string(body)).Send(w)
	if broken {
		panic(http.ErrAbortHandler)
	}
}
