package coordinator

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/cloud"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/pipeline"
)

func init() {
	functions.HTTP("Coordinator", cloud.Handler(fromEnv))
	functions.HTTP("Sweep", cloud.Handler(sweeperFromEnv))
}

// fromEnv is the coordinator that the environment describes.
func fromEnv(ctx context.Context) (http.Handler, error) {
	var cfg Config
	if err := envconfig.Process(ctx, &cfg); err != nil {
		return nil, err
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s, err := cloud.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return connected(cfg, s)
}

// sweeperFromEnv is the sweep that the environment describes.
func sweeperFromEnv(ctx context.Context) (http.Handler, error) {
	var cfg SweepConfig
	if err := envconfig.Process(ctx, &cfg); err != nil {
		return nil, err
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s, err := cloud.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c, err := connected(cfg.Config, s)
	if err != nil {
		return nil, err
	}
	asker, err := NewTasks(ctx, cfg.AskQueue, cfg.AskAccount, cfg.SourceURLs)
	if err != nil {
		return nil, err
	}
	return NewSweeper(c, SweepDeps{Staging: Staged{s.Storage.Bucket(cfg.StagingBucket)}, Requester: asker, Days: cfg.Days}), nil
}

// connected is a coordinator that works with the services of Google Cloud.
func connected(cfg Config, s *cloud.Services) (*Coordinator, error) {
	p, err := pipeline.Parse(PipelineYAML)
	if err != nil {
		return nil, err
	}
	return New(cfg.Limits, Deps{
		Pipeline:    p,
		Manifest:    models.Load(),
		Store:       ledger.NewBucket(s.Storage, cfg.LedgerBucket),
		Warehouse:   s.Warehouse,
		Events:      event.NewPublisher(s.PubSub, s.Config.EventsTopic),
		DeadLetters: event.NewPublisher(s.PubSub, cfg.DeadLetterTopic),
		Project:     s.Config.Project,
		Log:         s.Log,
	})
}

// ServeHTTP takes one Pub/Sub push. What it answers tells Pub/Sub what to do with the message:
//
//	204  done with it: everything it could move has been moved, or it is in the dead-letter topic
//	400  the body is no push envelope; the log says what is wrong with it
//	405  not a POST
//	429  the work is under way; deliver again later
//	503  trouble that may mend; deliver again later
func (c *Coordinator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "the coordinator takes Pub/Sub pushes, by POST", http.StatusMethodNotAllowed)
		return
	}
	push, err := event.DecodePush(r.Body)
	if err != nil {
		c.Log.WarnContext(r.Context(), "request refused", "error", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.limits.Deadline)
	defer cancel()
	log := c.Log.With("message_id", push.Message.MessageID, "delivery_attempt", push.DeliveryAttempt)
	e, err := event.Decode(push.Message.Data)
	if err == nil {
		log = log.With("type", e.Type, "source", e.Source, "partition", e.Partition.String(), "load_id", e.LoadID)
		err = c.Handle(ctx, e)
	} else {
		err = &UnusableError{err.Error()}
	}
	var unusable *UnusableError
	if errors.As(err, &unusable) {
		log.ErrorContext(ctx, "event is of no use, it goes to the dead letters", "reason", unusable.Reason)
		err = c.DeadLetters.PublishRaw(ctx, push.Message.Data, deadLetter(push, unusable.Reason))
	}
	switch {
	case err == nil:
		log.DebugContext(ctx, "event handled")
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, ErrBusy):
		log.InfoContext(ctx, "event has to come back", "reason", err)
		http.Error(w, err.Error(), http.StatusTooManyRequests)
	default:
		log.ErrorContext(ctx, "event not handled, it will be delivered again", "error", err)
		http.Error(w, "not handled; the log says why", http.StatusServiceUnavailable)
	}
}

// maxAttribute is how many bytes Pub/Sub allows in the value of an attribute.
const maxAttribute = 1024

// deadLetter are the attributes that a message had, and those that tell why it is in the dead-letter topic.
func deadLetter(push event.Push, reason string) map[string]string {
	attributes := map[string]string{}
	for name, value := range push.Message.Attributes {
		attributes[name] = value
	}
	if len(reason) > maxAttribute {
		reason = strings.ToValidUTF8(reason[:maxAttribute-len("…")], "") + "…" // half a letter is no text, which Pub/Sub would refuse
	}
	attributes["reason"] = reason
	attributes["subscription"] = push.Subscription
	attributes["message_id"] = push.Message.MessageID
	if push.DeliveryAttempt > 0 {
		attributes["delivery_attempt"] = strconv.Itoa(push.DeliveryAttempt)
	}
	return attributes
}
