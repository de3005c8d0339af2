package upstreamtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

// Listen serves h on a free port of 127.0.0.1 until ctx is done. It returns the address, "http://127.0.0.1:PORT".
func Listen(ctx context.Context, h http.Handler) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen on 127.0.0.1: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }() // it ends by Close only
	return "http://" + listener.Addr().String(), nil
}

// Transport returns a transport that answers requests with h, in the same goroutine and without a connection.
// It works in a bubble of testing/synctest. If h panics with http.ErrAbortHandler, the body of the answer ends
// with an error.
func Transport(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ handler http.Handler }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	served := req.Clone(req.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	served.RequestURI = req.URL.RequestURI()
	rec := httptest.NewRecorder()
	broken := serve(t.handler, rec, served)
	resp := rec.Result()
	resp.Request = req
	if broken {
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(rec.Body.Bytes()), brokenOff{}))
	}
	return resp, nil
}

func serve(h http.Handler, w http.ResponseWriter, req *http.Request) (broken bool) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			broken = true
		default:
			panic(p)
		}
	}()
	h.ServeHTTP(w, req)
	return false
}

type brokenOff struct{}

func (brokenOff) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }
