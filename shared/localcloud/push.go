package localcloud

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"cloud.google.com/go/pubsub/v2"

	"example.com/rollcall/shared/event"
)

// PushOptions configures a push subscription. Each zero field has the default stated here.
type PushOptions struct {
	Concurrency int           // requests at the same time; default 8
	MaxAttempts int           // for a message before it is a dead letter; default 30
	MinBackoff  time.Duration // before the second attempt; doubles with each attempt; default 50 ms
	MaxBackoff  time.Duration // between two attempts; default 2 s
	Timeout     time.Duration // of one request; default 10 min, the longest that Pub/Sub allows

	// Sleep waits between two attempts, or returns ctx's error; by default for the time d.
	Sleep func(ctx context.Context, d time.Duration) error
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pusher posts the messages of one subscription to a URL, as Pub/Sub does
// (https://cloud.google.com/pubsub/docs/push): after a status of 2xx the message is processed; after any other
// answer, or none, it is sent again later.
type pusher struct {
	PushOptions
	subscription string
	url          string
	client       *http.Client
	slots        chan struct{}
	cloud        *Cloud
}

// Push creates a subscription, and posts each new message of the topic to the URL in Pub/Sub's envelope, until
// Close. After MaxAttempts, a message becomes a dead letter with the last answer among its attributes.
func (c *Cloud) Push(ctx context.Context, topic, subscription, url string, o PushOptions) error {
	o.Concurrency = cmp.Or(o.Concurrency, 8)
	o.MaxAttempts = cmp.Or(o.MaxAttempts, 30)
	o.MinBackoff = cmp.Or(o.MinBackoff, 50*time.Millisecond)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, 2*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 10*time.Minute)
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	p := &pusher{
		PushOptions: o, subscription: subscriptionName(subscription), url: url, cloud: c,
		client: &http.Client{Timeout: o.Timeout, Transport: &http.Transport{MaxIdleConnsPerHost: o.Concurrency}},
		slots:  make(chan struct{}, o.Concurrency),
	}
	c.topics.Store(p.subscription, topic)
	return c.broker.subscribe(ctx, topic, subscription, p.deliver)
}

// deliver posts one message until it is processed. While it waits, other messages can use its slot.
func (p *pusher) deliver(ctx context.Context, m *pubsub.Message) bool {
	wait := p.MinBackoff
	for attempt := 1; ; attempt++ {
		status, answer, err := p.post(ctx, m, attempt)
		if ctx.Err() != nil {
			return false
		}
		if err != nil {
			status, answer = 0, err.Error()
		}
		if status >= 200 && status <= 299 {
			return true
		}
		p.cloud.log.Warn("push request failed", "subscription", p.subscription, "message_id", m.ID, "attempt", attempt,
			"status", status, "answer", answer)
		if attempt >= p.MaxAttempts && p.deadLetter(ctx, m, attempt, status, answer) == nil {
			return true
		}
		if p.Sleep(ctx, wait) != nil {
			return false
		}
		wait = min(2*wait, p.MaxBackoff)
	}
}

// maxAnswer bounds the stored part of an answer: an attribute may have 1,024 bytes.
const maxAnswer = 1000

func (p *pusher) post(ctx context.Context, m *pubsub.Message, attempt int) (status int, answer string, err error) {
	envelope := event.Push{Subscription: p.subscription, DeliveryAttempt: attempt}
	envelope.Message.Data, envelope.Message.Attributes = m.Data, m.Attributes
	envelope.Message.MessageID, envelope.Message.PublishTime = m.ID, m.PublishTime
	body, err := json.Marshal(envelope)
	if err != nil {
		return 0, "", err
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return 0, "", ctx.Err()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp.StatusCode, string(text), err
}

func (p *pusher) deadLetter(ctx context.Context, m *pubsub.Message, attempts, status int, answer string) error {
	attributes := map[string]string{}
	maps.Copy(attributes, m.Attributes)
	maps.Copy(attributes, map[string]string{
		"subscription": p.subscription,
		"message_id":   m.ID,
		"attempts":     strconv.Itoa(attempts),
		"status":       strconv.Itoa(status),
		"reason":       answer,
	})
	return p.cloud.broker.publish(ctx, DeadLetter, m.Data, attributes)
}

// Serve serves h on a free port of 127.0.0.1. close stops it and cancels the requests under way.
func Serve(h http.Handler) (url string, close func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen on 127.0.0.1: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // close ends it with ErrServerClosed
	return "http://" + listener.Addr().String(), server.Close, nil
}
