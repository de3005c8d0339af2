package localcloud

import (
	"bytes"
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

// PushOptions are the limits of one push subscription. The zero value of each field stands for the default given with it.
type PushOptions struct {
	AtOnce      int           // requests under way together; default 8
	Attempts    int           // of one message before it is a dead letter; default 30
	FirstWait   time.Duration // before the second attempt, doubling from there; default 50 ms
	LongestWait time.Duration // between two attempts; default 2 s
	Deadline    time.Duration // of one request; default 10 min, the longest that Pub/Sub has

	// Wait passes the time between two attempts, or returns ctx's error; default by the clock.
	Wait func(ctx context.Context, d time.Duration) error
}

func (o *PushOptions) fill() {
	def(&o.AtOnce, 8)
	def(&o.Attempts, 30)
	def(&o.FirstWait, 50*time.Millisecond)
	def(&o.LongestWait, 2*time.Second)
	def(&o.Deadline, 10*time.Minute)
	if o.Wait == nil {
		o.Wait = sleep
	}
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pusher posts the messages of one subscription to one URL, as Pub/Sub does
// (https://cloud.google.com/pubsub/docs/push): a status of 2xx ends a message; any other, or none, means later again.
type pusher struct {
	opts         PushOptions
	subscription string
	url          string
	client       *http.Client
	slots        chan struct{}
	cloud        *Cloud
}

// Push makes a subscription to a topic, and from now on posts each message to the URL in Pub/Sub's envelope, until the
// Cloud is closed. A message whose attempts are used up becomes a dead letter that carries the last answer.
func (c *Cloud) Push(ctx context.Context, topic, subscription, url string, opts PushOptions) error {
	opts.fill()
	p := &pusher{
		opts: opts, subscription: subscriptionName(subscription), url: url, cloud: c,
		client: &http.Client{Timeout: opts.Deadline, Transport: &http.Transport{MaxIdleConnsPerHost: opts.AtOnce}},
		slots:  make(chan struct{}, opts.AtOnce),
	}
	c.topics.Store(p.subscription, topic)
	return c.bus.take(ctx, topic, subscription, p.deliver)
}

// deliver posts one message until it is done. The wait between attempts takes no slot from other messages.
func (p *pusher) deliver(ctx context.Context, m *pubsub.Message) bool {
	wait := p.opts.FirstWait
	for attempt := 1; ; attempt++ {
		answer, err := p.post(ctx, m, attempt)
		if ctx.Err() != nil {
			return false
		}
		if err == nil && answer.ok() {
			return true
		}
		if err != nil {
			answer = pushAnswer{body: err.Error()}
		}
		p.cloud.log.Warn("message not taken", "subscription", p.subscription, "message_id", m.ID, "attempt", attempt,
			"status", answer.status, "answer", answer.body)
		if attempt >= p.opts.Attempts && p.bury(ctx, m, attempt, answer) == nil {
			return true
		}
		if p.opts.Wait(ctx, wait) != nil {
			return false
		}
		wait = min(2*wait, p.opts.LongestWait)
	}
}

type pushAnswer struct {
	status int // 0: none came
	body   string
}

func (a pushAnswer) ok() bool { return a.status >= 200 && a.status <= 299 }

// maxAnswer bounds what is kept of a refusal's body, below the 1,024 bytes that an attribute may have.
const maxAnswer = 1000

func (p *pusher) post(ctx context.Context, m *pubsub.Message, attempt int) (pushAnswer, error) {
	envelope := event.Push{Subscription: p.subscription, DeliveryAttempt: attempt}
	envelope.Message.Data, envelope.Message.Attributes = m.Data, m.Attributes
	envelope.Message.MessageID, envelope.Message.PublishTime = m.ID, m.PublishTime
	body, err := json.Marshal(envelope)
	if err != nil {
		return pushAnswer{}, err
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return pushAnswer{}, ctx.Err()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return pushAnswer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		return pushAnswer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return pushAnswer{resp.StatusCode, string(text)}, err
}

// bury publishes a message to the dead-letter topic.
func (p *pusher) bury(ctx context.Context, m *pubsub.Message, attempts int, last pushAnswer) error {
	attributes := maps.Clone(m.Attributes)
	if attributes == nil {
		attributes = map[string]string{}
	}
	maps.Copy(attributes, map[string]string{
		"subscription": p.subscription,
		"message_id":   m.ID,
		"attempts":     strconv.Itoa(attempts),
		"status":       strconv.Itoa(last.status),
		"reason":       last.body,
	})
	topic := p.cloud.PubSub.Publisher(DeadLetter)
	defer topic.Stop()
	_, err := topic.Publish(ctx, &pubsub.Message{Data: m.Data, Attributes: attributes}).Get(ctx)
	return err
}

// Serve listens on a free port of 127.0.0.1 and serves h there. close ends it and breaks off requests under way.
func Serve(h http.Handler) (url string, close func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen on 127.0.0.1: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // it ends with ErrServerClosed, by close
	return "http://" + listener.Addr().String(), server.Close, nil
}
