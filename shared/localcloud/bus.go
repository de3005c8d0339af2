package localcloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"example.com/rollcall/shared/event"
)

// bus is Pub/Sub: its topics, and who takes messages from them.
type bus struct {
	server *pstest.Server
	client *pubsub.Client
	log    *slog.Logger
	flow   flow
	taken  sync.Map // of topics by full name: whether somebody takes their messages

	receivers sync.WaitGroup
	stop      []context.CancelFunc

	letters letters
}

func openBus(ctx context.Context, dir string, log *slog.Logger) (b *bus, err error) {
	b = &bus{server: pstest.NewServerWithAddress("127.0.0.1:0"), log: log, letters: letters{dir: dir}}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	b.client, err = pubsub.NewClient(ctx, Project, option.WithEndpoint(b.server.Addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		option.WithGRPCDialOption(grpc.WithUnaryInterceptor(b.countPublished)))
	if err != nil {
		return nil, err
	}
	for _, topic := range []string{Loaded, Dropped, DeadLetter} {
		if _, err := b.client.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{Name: topicName(topic)}); err != nil {
			return nil, fmt.Errorf("topic %s: %w", topic, err)
		}
	}
	return b, b.take(ctx, DeadLetter, "dead-letters", func(_ context.Context, m *pubsub.Message) bool {
		log.Error("dead letter", "attributes", m.Attributes)
		letter := event.DeadLetter{ID: m.ID, At: m.PublishTime.UTC(), Data: m.Data, Attributes: m.Attributes}
		if err := b.letters.add(letter); err != nil {
			log.Error("dead letter is not kept", "error", err)
		}
		return true
	})
}

func topicName(topic string) string      { return "projects/" + Project + "/topics/" + topic }
func subscriptionName(sub string) string { return "projects/" + Project + "/subscriptions/" + sub }

// countPublished counts each message as under way before the server has it, so that the flow is never thought at rest
// between a message's publication and its arrival.
func (b *bus) countPublished(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	published, ok := req.(*pubsubpb.PublishRequest)
	if ok {
		_, ok = b.taken.Load(published.Topic)
	}
	if !ok {
		return invoke(ctx, method, req, reply, conn, opts...)
	}
	b.flow.add(len(published.Messages))
	err := invoke(ctx, method, req, reply, conn, opts...)
	if err != nil {
		b.flow.add(-len(published.Messages))
	}
	return err
}

// take makes a subscription and gives every message published from now on to handle, many at once, until the bus closes.
// A message is done when handle returns true; false is only for one that was given up because its context ended.
func (b *bus) take(ctx context.Context, topic, sub string, handle func(context.Context, *pubsub.Message) bool) error {
	_, err := b.client.SubscriptionAdminClient.CreateSubscription(ctx, &pubsubpb.Subscription{
		Name: subscriptionName(sub), Topic: topicName(topic), AckDeadlineSeconds: 60,
	})
	if err != nil {
		return fmt.Errorf("subscription %s to %s: %w", sub, topic, err)
	}
	b.taken.Store(topicName(topic), true)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = append(b.stop, cancel)
	b.receivers.Go(func() {
		// Receive keeps up the deadline of each message until its callback returns, and bounds how many it holds.
		err := b.client.Subscriber(sub).Receive(ctx, func(ctx context.Context, m *pubsub.Message) {
			if !handle(ctx, m) {
				m.Nack()
				return
			}
			m.Ack()
			b.flow.add(-1)
		})
		if err != nil && ctx.Err() == nil {
			b.flow.fail(fmt.Errorf("receive messages of %s: %w", sub, err))
		}
	})
	return nil
}

func (b *bus) close() error {
	for _, cancel := range b.stop {
		cancel()
	}
	b.receivers.Wait()
	var err error
	if b.client != nil {
		err = b.client.Close()
	}
	return errors.Join(err, b.server.Close())
}

// flow counts the messages under way.
type flow struct {
	mu    sync.Mutex
	count int
	err   error
	rest  chan struct{} // closed when the count gets to 0 or an error comes; nil while nobody waits
}

func (f *flow) add(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count += n
	f.wake()
}

func (f *flow) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = errors.Join(f.err, err)
	f.wake()
}

func (f *flow) wake() {
	if f.rest != nil && (f.count == 0 || f.err != nil) {
		close(f.rest)
		f.rest = nil
	}
}

func (f *flow) wait(ctx context.Context) error {
	f.mu.Lock()
	if f.count == 0 || f.err != nil {
		defer f.mu.Unlock()
		return f.err
	}
	if f.rest == nil {
		f.rest = make(chan struct{})
	}
	rest := f.rest
	f.mu.Unlock()
	select {
	case <-rest:
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
