package localcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"example.com/rollcall/shared/event"
)

// broker is Pub/Sub: the topics and their subscribers.
type broker struct {
	server      *pstest.Server
	client      *pubsub.Client
	inFlight    *inFlight
	subscribed  sync.Map // topics with a subscriber, by full name
	deadLetters deadLetters

	receivers sync.WaitGroup
	stop      []context.CancelFunc
}

func openBroker(ctx context.Context, deadLetterDir string, log *slog.Logger) (b *broker, err error) {
	b = &broker{server: pstest.NewServerWithAddress("127.0.0.1:0"), inFlight: newInFlight(),
		deadLetters: deadLetters{dir: deadLetterDir}}
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
	return b, b.subscribe(ctx, DeadLetter, "dead-letters", func(_ context.Context, m *pubsub.Message) bool {
		log.Error("dead letter", "attributes", m.Attributes)
		letter := event.DeadLetter{ID: m.ID, At: m.PublishTime.UTC(), Data: m.Data, Attributes: m.Attributes}
		if err := b.deadLetters.add(letter); err != nil {
			log.Error("dead letter not stored", "error", err)
		}
		return true
	})
}

func topicName(topic string) string      { return "projects/" + Project + "/topics/" + topic }
func subscriptionName(sub string) string { return "projects/" + Project + "/subscriptions/" + sub }

// countPublished counts each message before the server receives it, so that Idle does not miss one on its way
// there.
func (b *broker) countPublished(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	published, ok := req.(*pubsubpb.PublishRequest)
	if ok {
		_, ok = b.subscribed.Load(published.Topic)
	}
	if !ok {
		return invoke(ctx, method, req, reply, conn, opts...)
	}
	b.inFlight.add(len(published.Messages), nil)
	err := invoke(ctx, method, req, reply, conn, opts...)
	if err != nil {
		b.inFlight.add(-len(published.Messages), nil)
	}
	return err
}

// subscribe creates a subscription and passes every new message to handle, many at a time, until the broker
// closes. handle returns true when the message is processed, and false only if its context ended first.
func (b *broker) subscribe(ctx context.Context, topic, sub string,
	handle func(context.Context, *pubsub.Message) bool) error {
	_, err := b.client.SubscriptionAdminClient.CreateSubscription(ctx, &pubsubpb.Subscription{
		Name: subscriptionName(sub), Topic: topicName(topic), AckDeadlineSeconds: 60,
	})
	if err != nil {
		return fmt.Errorf("subscription %s to %s: %w", sub, topic, err)
	}
	b.subscribed.Store(topicName(topic), true)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = append(b.stop, cancel)
	b.receivers.Go(func() {
		// Receive extends the deadline of each message until the callback returns, and bounds the number of
		// messages.
		err := b.client.Subscriber(sub).Receive(ctx, func(ctx context.Context, m *pubsub.Message) {
			if !handle(ctx, m) {
				m.Nack()
				return
			}
			m.Ack()
			b.inFlight.add(-1, nil)
		})
		if err != nil && ctx.Err() == nil {
			b.inFlight.add(0, fmt.Errorf("receive messages of %s: %w", sub, err))
		}
	})
	return nil
}

// publish publishes a message and waits until it is stored.
func (b *broker) publish(ctx context.Context, topic string, data []byte, attributes map[string]string) error {
	publisher := b.client.Publisher(topic)
	defer publisher.Stop()
	_, err := publisher.Publish(ctx, &pubsub.Message{Data: data, Attributes: attributes}).Get(ctx)
	return err
}

func (b *broker) close() error {
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

// inFlight counts the messages that are published and not yet processed.
type inFlight struct {
	mu      sync.Mutex
	changed *sync.Cond
	count   int
	err     error
}

func newInFlight() *inFlight {
	f := &inFlight{}
	f.changed = sync.NewCond(&f.mu)
	return f
}

// add changes the count, and may add an error that ends all waiting.
func (f *inFlight) add(n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count += n
	f.err = errors.Join(f.err, err)
	f.changed.Broadcast()
}

// wait waits until the count is 0, and returns the errors so far.
func (f *inFlight) wait(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { f.add(0, nil) }) // wakes the loop
	defer stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.count > 0 && f.err == nil && ctx.Err() == nil {
		f.changed.Wait()
	}
	if f.count > 0 && f.err == nil {
		return ctx.Err()
	}
	return f.err
}

const (
	maxDeadLetters       = 100  // in memory, of this process
	maxStoredDeadLetters = 1000 // in files; more are only logged
)

// deadLetters holds the dead letters: of this process in memory, and of earlier ones, too, in files.
type deadLetters struct {
	dir string // empty: no files

	mu   sync.Mutex
	list []event.DeadLetter
}

func (d *deadLetters) add(letter event.DeadLetter) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.list) < maxDeadLetters {
		d.list = append(d.list, letter)
	}
	if d.dir == "" {
		return nil
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	stored, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	if len(stored) >= maxStoredDeadLetters {
		return fmt.Errorf("%s holds %d files, the maximum; fix: go run ./scripts/rollcall replay --deadletters, or delete them", d.dir, len(stored))
	}
	data, err := json.MarshalIndent(letter, "", "  ")
	if err != nil {
		return err
	}
	draft := d.file(letter) + ".new"
	if err := os.WriteFile(draft, append(data, '\n'), 0o600); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return os.Rename(draft, d.file(letter))
}

func (d *deadLetters) file(letter event.DeadLetter) string {
	return filepath.Join(d.dir, letter.Name()+".json")
}

func (d *deadLetters) remove(letter event.DeadLetter) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = slices.DeleteFunc(d.list, func(x event.DeadLetter) bool { return x.Name() == letter.Name() })
	if d.dir == "" {
		return nil
	}
	if err := os.Remove(d.file(letter)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// DeadLetters returns the first 100 dead letters of this process, oldest first.
func (c *Cloud) DeadLetters() []event.DeadLetter {
	d := &c.broker.deadLetters
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.list)
}

// SendBack publishes a dead letter again to its first topic, with its first attributes, and then deletes the
// dead letter. After a crash in between, it can be sent again, which is harmless.
func (c *Cloud) SendBack(ctx context.Context, letter event.DeadLetter) error {
	from := letter.Attributes["subscription"]
	topic, ok := c.topics.Load(from)
	if !ok {
		return fmt.Errorf("dead letter %s: there is no subscription %q, which it came from", letter.Name(), from)
	}
	if err := c.broker.publish(ctx, topic.(string), letter.Data, letter.Original()); err != nil {
		return fmt.Errorf("dead letter %s: %w", letter.Name(), err)
	}
	return c.broker.deadLetters.remove(letter)
}
