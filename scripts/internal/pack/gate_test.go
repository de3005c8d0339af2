package pack

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"

	"example.com/rollcall/shared/event"
)

// gate is a proxy between Pub/Sub and the coordinator. It records every push and its answer, and can answer instead of the
// coordinator.
type gate struct {
	url string

	mu     sync.Mutex
	behind *httputil.ReverseProxy
	refuse func(p pushed) int // a status to answer with, or 0 to let the push through; nil lets all through
	passed []pushed
}

// pushed is one delivery of an event.
type pushed struct {
	event   event.Event
	message string // id
	attempt int    // of this message, from 1
	status  int    // of the answer
}

// String returns "loaded kit 2026-11-21 20261122T080000000Z-0123abcd, message 4, attempt 2: 429".
func (p pushed) String() string {
	e := p.event
	return fmt.Sprintf("%s %s %s %s, message %s, attempt %d: %d", e.Type, e.Source, e.Partition, e.LoadID, p.message, p.attempt, p.status)
}

func newGate(t *testing.T) *gate {
	g := &gate{}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

// lead sets the coordinator behind the gate.
func (g *gate) lead(to server) {
	u, err := url.Parse(to.url)
	if err != nil {
		panic(err) // start made it
	}
	proxy := httputil.NewSingleHostReverseProxy(u)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) } // the coordinator was killed
	g.mu.Lock()
	defer g.mu.Unlock()
	g.behind = proxy
}

// refusing sets which pushes the gate answers itself.
func (g *gate) refusing(refuse func(p pushed) int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuse = refuse
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	push, err := event.DecodePush(bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p := pushed{message: push.Message.MessageID}
	p.event, _ = event.Decode(push.Message.Data) // the coordinator reports what is not an event
	behind, refused := g.enter(&p)
	rec := statusWriter{ResponseWriter: w, status: http.StatusOK}
	if refused != 0 {
		rec.WriteHeader(refused)
	} else {
		r.Body = io.NopCloser(bytes.NewReader(body))
		behind.ServeHTTP(&rec, r)
	}
	p.status = rec.status
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passed = append(g.passed, p)
}

func (g *gate) enter(p *pushed) (behind *httputil.ReverseProxy, refused int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p.attempt = 1
	for _, before := range g.passed {
		if before.message == p.message {
			p.attempt++
		}
	}
	if g.refuse != nil {
		refused = g.refuse(*p)
	}
	return g.behind, refused
}

// deliveries returns all deliveries that have ended.
func (g *gate) deliveries() []pushed {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.passed)
}

// answers returns the statuses of the deliveries for which keep is true, in order.
func (g *gate) answers(keep func(p pushed) bool) (list []int) {
	for _, p := range g.deliveries() {
		if keep(p) {
			list = append(list, p.status)
		}
	}
	return list
}

// done reports whether a delivery of this kind was processed.
func (g *gate) done(keep func(p pushed) bool) bool {
	return slices.Contains(g.answers(keep), http.StatusNoContent)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
