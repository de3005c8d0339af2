package gcp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"example.com/rollcall/shared/event"
)

// deadLetters reads the subscription to the dead-letter topic.
type deadLetters struct {
	client      *pubsub.Client
	project, id string // of the subscription
}

const (
	// holdSeconds is how long pulled messages are not delivered again.
	holdSeconds = 600
	// silence is how long a pull waits for an empty subscription.
	silence = 5 * time.Second
	// pullAtOnce is how many messages one pull may return, and one acknowledgement may name.
	pullAtOnce = 500
	// maxLetters bounds the dead letters that are read when some are sent back.
	maxLetters = 10_000
)

// pulled is a dead letter with its acknowledgement id.
type pulled struct {
	event.DeadLetter
	ack string
}

func (l deadLetters) name() string { return "projects/" + l.project + "/subscriptions/" + l.id }

// ListDeadLetters pulls dead letters, and gives all of them back.
func (l deadLetters) ListDeadLetters(ctx context.Context, limit int) (list []event.DeadLetter, err error) {
	held, err := l.pull(ctx, limit)
	for _, p := range held {
		list = append(list, p.DeadLetter)
	}
	slices.SortFunc(list, func(a, b event.DeadLetter) int { return a.At.Compare(b.At) })
	return list, errors.Join(err, l.giveBack(ctx, held))
}

// pull pulls dead letters until there are no more or the limit is reached, and holds them.
func (l deadLetters) pull(ctx context.Context, limit int) (list []pulled, err error) {
	known := map[string]bool{}
	for len(list) < limit {
		messages, err := l.pullOnce(ctx, min(pullAtOnce, limit-len(list)))
		if err != nil || len(messages) == 0 {
			return list, err
		}
		var acks []string
		before := len(list)
		for _, m := range messages {
			if id := m.Message.MessageId; !known[id] {
				known[id] = true
				list = append(list, pulled{event.DeadLetter{
					ID: id, At: m.Message.PublishTime.AsTime(), Data: m.Message.Data, Attributes: m.Message.Attributes,
				}, m.AckId})
				acks = append(acks, m.AckId)
			}
		}
		if len(list) == before {
			return list, nil // only held messages were delivered again: there are no others
		}
		if err := l.hold(ctx, acks, holdSeconds); err != nil {
			return list, err
		}
	}
	return list, nil
}

func (l deadLetters) pullOnce(ctx context.Context, n int) ([]*pubsubpb.ReceivedMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	resp, err := l.client.SubscriptionAdminClient.Pull(ctx, &pubsubpb.PullRequest{Subscription: l.name(),
		MaxMessages: int32(n)})
	if status.Code(err) == codes.DeadlineExceeded || errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("pull from %s: %w", l.name(), err)
	}
	return resp.ReceivedMessages, nil
}

// giveBack makes held messages available again, also when ctx has ended.
func (l deadLetters) giveBack(ctx context.Context, held []pulled) error {
	var acks []string
	for _, p := range held {
		acks = append(acks, p.ack)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return l.hold(ctx, acks, 0)
}

func (l deadLetters) hold(ctx context.Context, acks []string, seconds int32) error {
	for chunk := range slices.Chunk(acks, pullAtOnce) {
		err := l.client.SubscriptionAdminClient.ModifyAckDeadline(ctx, &pubsubpb.ModifyAckDeadlineRequest{
			Subscription: l.name(), AckIds: chunk, AckDeadlineSeconds: seconds,
		})
		if err != nil {
			return fmt.Errorf("hold messages of %s: %w", l.name(), err)
		}
	}
	return nil
}

// SendBack publishes dead letters again to the topics of the subscriptions that gave them up.
func (p *Project) SendBack(ctx context.Context,
	choose func(event.DeadLetter) bool) (sent []event.DeadLetter, err error) {
	l := deadLetters{p.pubsub, p.config.Project, p.config.DeadLetterTopic}
	held, err := l.pull(ctx, maxLetters)
	if err != nil {
		return nil, errors.Join(err, l.giveBack(ctx, held))
	}
	var left []pulled
	for n, letter := range held {
		if !choose(letter.DeadLetter) {
			left = append(left, letter)
			continue
		}
		if err := p.sendBack(ctx, l, letter); err != nil {
			return sent, errors.Join(fmt.Errorf("dead letter %s: %w", letter.Name(), err),
				l.giveBack(ctx, append(left, held[n:]...)))
		}
		sent = append(sent, letter.DeadLetter)
	}
	return sent, l.giveBack(ctx, left)
}

func (p *Project) sendBack(ctx context.Context, l deadLetters, letter pulled) error {
	from := letter.Subscription()
	if from == "" {
		return errors.New("it does not say which subscription gave it up")
	}
	sub, err := p.pubsub.SubscriptionAdminClient.GetSubscription(ctx, &pubsubpb.GetSubscriptionRequest{
		Subscription: "projects/" + p.config.Project + "/subscriptions/" + from,
	})
	if err != nil {
		return fmt.Errorf("find the topic of subscription %s: %w", from, err)
	}
	topic := p.pubsub.Publisher(sub.Topic)
	defer topic.Stop()
	if _, err := topic.Publish(ctx, &pubsub.Message{Data: letter.Data, Attributes: letter.Original()}).Get(
		ctx); err != nil {
		return fmt.Errorf("publish to %s: %w", sub.Topic, err)
	}
	return p.pubsub.SubscriptionAdminClient.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: l.name(),
		AckIds: []string{letter.ack}})
}
