package event

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/pubsub/v2"
)

// Publisher publishes events to one topic.
type Publisher struct {
	topic   *pubsub.Publisher
	timeout time.Duration
}

// NewPublisher publishes to the named topic, each event at once. Stop it when done.
func NewPublisher(client *pubsub.Client, topic string) *Publisher {
	p := client.Publisher(topic)
	p.PublishSettings.CountThreshold = 1 // a function ends with its request: nothing may wait in a batch
	return &Publisher{topic: p, timeout: 60 * time.Second}
}

// Publish returns when Pub/Sub has taken the event for safe-keeping, or with the reason that it has not.
func (p *Publisher) Publish(ctx context.Context, e Event) error {
	data, err := e.Encode()
	if err != nil {
		return err
	}
	return p.send(ctx, data, e.Attributes(), fmt.Sprintf("%s event of %s for %s", e.Type, e.Source, e.Partition))
}

// PublishRaw publishes bytes as they are, for dead letters: the topic then holds what came, with why it could not be used.
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

// Stop sends what is under way and ends the publisher's goroutines.
func (p *Publisher) Stop() { p.topic.Stop() }
