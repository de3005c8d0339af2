package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/event"
)

// recorder is a push endpoint that records its requests.
type recorder struct {
	mu     sync.Mutex
	got    []event.Push
	answer func(p event.Push, nth int) int // the nth delivery of this message, from 1
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	p, err := event.DecodePush(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.got = append(r.got, p)
	nth := 0
	for _, q := range r.got {
		if q.Message.MessageID == p.Message.MessageID {
			nth++
		}
	}
	r.mu.Unlock()
	status := r.answer(p, nth)
	w.WriteHeader(status)
	if status != http.StatusNoContent {
		fmt.Fprintf(w, "no %d", nth)
	}
}

func (r *recorder) data() (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.got {
		list = append(list, string(p.Message.Data))
	}
	slices.Sort(list)
	return list
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	url, closeServer, err := Serve(h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closeServer() })
	return url
}

func publish(t *testing.T, c *Cloud, topic, data string) {
	t.Helper()
	p := c.PubSub.Publisher(topic)
	defer p.Stop()
	m := &pubsub.Message{Data: []byte(data), Attributes: map[string]string{"source": "kit"}}
	if _, err := p.Publish(t.Context(), m).Get(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func idle(t *testing.T, c *Cloud) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := c.Idle(ctx); err != nil {
		t.Fatal(err)
	}
}

// waits records the waits, and does not wait.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	return ctx.Err()
}

func TestPushSendsEachMessageInItsEnvelope(t *testing.T) {
	c := open(t, t.TempDir())
	r := &recorder{answer: func(event.Push, int) int { return http.StatusNoContent }}
	if err := c.Push(t.Context(), Loaded, "coordinator", serve(t, r), PushOptions{}); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		publish(t, c, Loaded, fmt.Sprintf("%02d", i))
	}
	idle(t, c)
	if got := r.data(); len(slices.Compact(got)) != 20 || len(got) != 20 {
		t.Errorf("got %q, want 00 to 19, each once", got)
	}
	for _, p := range r.got {
		if p.Subscription != "projects/local/subscriptions/coordinator" || p.DeliveryAttempt != 1 ||
			p.Message.Attributes["source"] != "kit" || p.Message.PublishTime.IsZero() {
			t.Errorf("envelope %+v", p)
		}
	}
}

func TestPushTriesAgainAfterDoublingWaits(t *testing.T) {
	c := open(t, t.TempDir())
	r := &recorder{answer: func(_ event.Push, nth int) int {
		return []int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusNotFound, http.StatusFound, http.StatusOK}[nth-1]
	}}
	var w waits
	opts := PushOptions{MinBackoff: time.Second, MaxBackoff: 3 * time.Second, Sleep: w.wait}
	if err := c.Push(t.Context(), Loaded, "coordinator", serve(t, r), opts); err != nil {
		t.Fatal(err)
	}
	publish(t, c, Loaded, "x")
	idle(t, c)
	var attempts []int
	for _, p := range r.got {
		attempts = append(attempts, p.DeliveryAttempt)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4, 5}, attempts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]time.Duration{1e9, 2e9, 3e9, 3e9}, w.all); diff != "" {
		t.Error(diff)
	}
	if letters := c.DeadLetters(); letters != nil {
		t.Errorf("dead letters %v", letters)
	}
}

func TestMessageWithoutAttemptsLeftIsADeadLetterWithTheLastAnswer(t *testing.T) {
	c := open(t, t.TempDir())
	r := &recorder{answer: func(event.Push, int) int { return http.StatusServiceUnavailable }}
	var w waits
	if err := c.Push(t.Context(), Loaded, "coordinator", serve(t, r), PushOptions{MaxAttempts: 3, Sleep: w.wait}); err != nil {
		t.Fatal(err)
	}
	publish(t, c, Loaded, "x")
	idle(t, c)
	letters := c.DeadLetters()
	if len(letters) != 1 || string(letters[0].Data) != "x" {
		t.Fatalf("dead letters %v, want x", letters)
	}
	delete(letters[0].Attributes, "message_id")
	want := map[string]string{
		"source": "kit", "subscription": "projects/local/subscriptions/coordinator", "attempts": "3", "status": "503", "reason": "no 3",
	}
	if diff := cmp.Diff(want, letters[0].Attributes); diff != "" {
		t.Error(diff)
	}
}

func TestPushToAnUnreachableEndpointEndsAsADeadLetter(t *testing.T) {
	c := open(t, t.TempDir())
	url, closeServer, err := Serve(http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	_ = closeServer()
	if err := c.Push(t.Context(), Loaded, "coordinator", url, PushOptions{MaxAttempts: 2, MinBackoff: 1}); err != nil {
		t.Fatal(err)
	}
	publish(t, c, Loaded, "x")
	idle(t, c)
	letters := c.DeadLetters()
	if len(letters) != 1 || letters[0].Attributes["status"] != "0" || !strings.Contains(letters[0].Attributes["reason"], "refused") {
		t.Errorf("dead letters %v, want one whose reason is the refused connection", letters)
	}
}

// Each request waits for all the others, so the test ends only if they run at the same time. A message that waits for its
// next attempt must not block others.
func TestPushSendsSeveralAtOnce(t *testing.T) {
	c := open(t, t.TempDir())
	var together sync.WaitGroup
	together.Add(4)
	r := &recorder{answer: func(p event.Push, nth int) int {
		if string(p.Message.Data) == "stuck" && nth == 1 {
			return http.StatusTooManyRequests
		}
		together.Done()
		together.Wait()
		return http.StatusOK
	}}
	release := make(chan struct{})
	opts := PushOptions{Concurrency: 4, Sleep: func(context.Context, time.Duration) error { <-release; return nil }}
	if err := c.Push(t.Context(), Loaded, "coordinator", serve(t, r), opts); err != nil {
		t.Fatal(err)
	}
	publish(t, c, Loaded, "stuck")
	for range 3 {
		publish(t, c, Loaded, "x")
	}
	close(release)
	idle(t, c)
}

// The handler of each message publishes the next one before it answers, so Idle must wait for the last.
func TestIdleWaitsForWhatHandlingPublishes(t *testing.T) {
	c := open(t, t.TempDir())
	r := &recorder{}
	r.answer = func(p event.Push, _ int) int {
		if data := string(p.Message.Data); len(data) < 5 {
			publish(t, c, Loaded, data+"x")
		}
		return http.StatusNoContent
	}
	if err := c.Push(t.Context(), Loaded, "coordinator", serve(t, r), PushOptions{}); err != nil {
		t.Fatal(err)
	}
	publish(t, c, Loaded, "x")
	idle(t, c)
	if diff := cmp.Diff([]string{"x", "xx", "xxx", "xxxx", "xxxxx"}, r.data()); diff != "" {
		t.Error(diff)
	}
}

func TestIdleEndsWithItsContext(t *testing.T) {
	c := open(t, t.TempDir())
	arrived, release := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-release
	})
	if err := c.Push(t.Context(), Loaded, "coordinator", serve(t, h), PushOptions{}); err != nil {
		t.Fatal(err)
	}
	defer close(release)
	publish(t, c, Loaded, "x")
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Idle(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Idle: %v, want context canceled", err)
	}
}

// A message to a topic without a subscription is never processed, so Idle must not wait for it.
func TestIdleIgnoresATopicWithoutSubscription(t *testing.T) {
	c := open(t, t.TempDir())
	publish(t, c, Dropped, "x")
	idle(t, c)
}

func TestServeAnswersOnLoopbackOnly(t *testing.T) {
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "here") }))
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("url %s", url)
	}
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != "here" {
		t.Errorf("answer %q", body)
	}
}
