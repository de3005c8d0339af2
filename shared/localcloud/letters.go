package localcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"cloud.google.com/go/pubsub/v2"

	"example.com/rollcall/shared/event"
)

const (
	// maxDeadLetters bounds those that are remembered of one process; more have no more to tell.
	maxDeadLetters = 100
	// maxKept bounds those that are kept in files; more are only logged.
	maxKept = 1000
)

// letters are the dead letters: those of this process, and in files those of others before it too.
type letters struct {
	dir string // empty: none are kept

	mu   sync.Mutex
	list []event.DeadLetter // of this process
}

func (l *letters) add(letter event.DeadLetter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) < maxDeadLetters {
		l.list = append(l.list, letter)
	}
	if l.dir == "" {
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	kept, err := os.ReadDir(l.dir)
	if err != nil {
		return err
	}
	if len(kept) >= maxKept {
		return fmt.Errorf("%s holds %d, and no more are kept; send them back with go run ./scripts/rollcall replay --deadletters, or delete them", l.dir, len(kept))
	}
	data, err := json.MarshalIndent(letter, "", "  ")
	if err != nil {
		return err
	}
	draft := l.file(letter) + ".new"
	if err := os.WriteFile(draft, append(data, '\n'), 0o600); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return os.Rename(draft, l.file(letter))
}

func (l *letters) file(letter event.DeadLetter) string {
	return filepath.Join(l.dir, letter.Name()+".json")
}

// remove forgets a letter; one that is gone already is no error.
func (l *letters) remove(letter event.DeadLetter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(x event.DeadLetter) bool { return x.Name() == letter.Name() })
	if l.dir == "" {
		return nil
	}
	if err := os.Remove(l.file(letter)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// DeadLetters are those that came since the start, oldest first, at most the first maxDeadLetters of them.
func (c *Cloud) DeadLetters() []event.DeadLetter {
	c.bus.letters.mu.Lock()
	defer c.bus.letters.mu.Unlock()
	return slices.Clone(c.bus.letters.list)
}

// SendBack publishes a dead letter's message again to the topic that it came from, with the attributes that it had, and then
// forgets the letter. To be killed in between is to have it published twice, which does no harm.
func (c *Cloud) SendBack(ctx context.Context, letter event.DeadLetter) error {
	from := letter.Attributes["subscription"]
	topicOf, ok := c.topics.Load(from)
	if !ok {
		return fmt.Errorf("dead letter %s: nobody here takes messages as subscription %q, which it came from", letter.Name(), from)
	}
	topic := c.PubSub.Publisher(topicOf.(string))
	defer topic.Stop()
	if _, err := topic.Publish(ctx, &pubsub.Message{Data: letter.Data, Attributes: letter.Original()}).Get(ctx); err != nil {
		return fmt.Errorf("dead letter %s: %w", letter.Name(), err)
	}
	return c.bus.letters.remove(letter)
}
