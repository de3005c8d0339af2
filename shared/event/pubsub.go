package event

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2"
)

// Publisher publishes events to one topic.
type Publisher struct {
	topic   *pubsub.Publisher
	timeout time.Duration
}

// NewPublisher returns a publisher for the topic. Call Stop when done.
func NewPublisher(client *pubsub.Client, topic string) *Publisher {
	p := client.Publisher(topic)
	p.PublishSettings.CountThreshold = 1 // no batches: a function may be suspended after its response
	return &Publisher{topic: p, timeout: 60 * time.Second}
}

// Publish publishes an event. It returns once Pub/Sub has stored it.
func (p *Publisher) Publish(ctx context.Context, e Event) error {
	data, err := e.Encode()
	if err != nil {
		return err
	}
	return p.send(ctx, data, e.Attributes(), fmt.Sprintf("%s event of %s for %s", e.Type, e.Source, e.Partition))
}

// PublishRaw publishes a dead letter: the data exactly as it was received, and the reason among the attributes.
func (p *Publisher) PublishRaw(ctx context.Context, data []byte, attributes map[string]string) error {
	return p.send(ctx, data, attributes, "dead letter")
}

func (p *Publisher) send(ctx context.Context, data []byte, attributes map[string]string, what string) error {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	if _, err := p.topic.Publish(ctx, &pubsub.Message{Data: data, Attributes: attributes}).Get(ctx); err != nil {
		return fmt.Errorf("publish %s to %s: %w", what, p.topic.ID(), err)
	}
	return nil
}

// Stop sends all pending messages and stops the publisher's goroutines.
func (p *Publisher) Stop() { p.topic.Stop() }

// Push is the body of a Pub/Sub push request, in Pub/Sub's own envelope.
// https://cloud.google.com/pubsub/docs/push#receive_push
type Push struct {
	Message struct {
		Data        []byte            `json:"data"` // base64 in the JSON
		Attributes  map[string]string `json:"attributes,omitempty"`
		MessageID   string            `json:"messageId"`
		PublishTime time.Time         `json:"publishTime"`
	} `json:"message"`
	Subscription string `json:"subscription"`
	// DeliveryAttempt counts from 1 if the subscription has a dead-letter topic; otherwise it is 0.
	DeliveryAttempt int `json:"deliveryAttempt,omitempty"`
}

// MaxPushBytes bounds a push request: a message has at most 10 MB, and base64 adds a third. Rollcall's own
// events have a few hundred bytes.
const MaxPushBytes = 14 << 20

// DecodePush reads the body of a push request. Do not retry after an error: Pub/Sub did not send this request.
func DecodePush(r io.Reader) (Push, error) {
	var p Push
	if err := json.NewDecoder(io.LimitReader(r, MaxPushBytes)).Decode(&p); err != nil {
		return Push{}, fmt.Errorf("body is not a Pub/Sub push envelope: %w", err)
	}
	if p.Message.MessageID == "" || p.Subscription == "" {
		return Push{}, errors.New("body is not a Pub/Sub push envelope: message.messageId or subscription is missing")
	}
	return p, nil
}

// DeadLetter is a message that a subscriber could not process.
type DeadLetter struct {
	ID         string            `json:"id"`         // of the message in the dead-letter topic
	At         time.Time         `json:"at"`         // when it was published there, UTC
	Data       []byte            `json:"data"`       // as first published
	Attributes map[string]string `json:"attributes"` // as first published, and reason, subscription, message_id …
}

// Name returns a unique name that sorts by time.
func (l DeadLetter) Name() string {
	return fmt.Sprintf("%s-%s", l.At.UTC().Format("2006-01-02T15:04:05.000000Z"), l.ID)
}

// added lists the attributes that are added to a dead letter by the coordinator and shared/localcloud.
// Pub/Sub's own start with addedByPubSub: https://cloud.google.com/pubsub/docs/dead-letter-topics.
var added = map[string]bool{
	"reason": true, "subscription": true, "message_id": true, "delivery_attempt": true, "attempts": true, "status": true,
}

const addedByPubSub = "CloudPubSubDeadLetter"

// Original returns the attributes that the message was first published with.
func (l DeadLetter) Original() map[string]string {
	attributes := map[string]string{}
	for name, value := range l.Attributes {
		if !added[name] && !strings.HasPrefix(name, addedByPubSub) {
			attributes[name] = value
		}
	}
	return attributes
}

// Subscription returns the id of the subscription that could not process the message, like "coordinator" or
// "drops". It is empty if unknown.
func (l DeadLetter) Subscription() string {
	name := l.Attributes["subscription"]
	if name == "" {
		name = l.Attributes[addedByPubSub+"SourceSubscription"]
	}
	return name[strings.LastIndex(name, "/")+1:]
}
