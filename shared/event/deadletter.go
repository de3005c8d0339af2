package event

import (
	"fmt"
	"strings"
	"time"
)

// DeadLetter is a dead letter: a message that nobody could use, as it was published, and why.
type DeadLetter struct {
	ID         string            `json:"id"`         // of the message in the dead-letter topic
	At         time.Time         `json:"at"`         // when it became a dead letter, UTC
	Data       []byte            `json:"data"`       // as it was published
	Attributes map[string]string `json:"attributes"` // as they were published, and reason, subscription, message_id …
}

// Name is the letter's own among all: by time, then id.
func (l DeadLetter) Name() string {
	return fmt.Sprintf("%s-%s", l.At.UTC().Format("2006-01-02T15:04:05.000000Z"), l.ID)
}

// added are the attributes that whoever gives up a message adds to it: the coordinator, shared/localcloud, or Pub/Sub
// (https://cloud.google.com/pubsub/docs/dead-letter-topics), whose names begin with addedByPubSub.
var added = map[string]bool{
	"reason": true, "subscription": true, "message_id": true, "delivery_attempt": true, "attempts": true, "status": true,
}

const addedByPubSub = "CloudPubSubDeadLetter"

// Original are the attributes that the message was published with.
func (l DeadLetter) Original() map[string]string {
	attributes := map[string]string{}
	for name, value := range l.Attributes {
		if !added[name] && !strings.HasPrefix(name, addedByPubSub) {
			attributes[name] = value
		}
	}
	return attributes
}

// Subscription is the id of the subscription that the message was given up by: "coordinator", "drops"; empty when nothing
// tells it.
func (l DeadLetter) Subscription() string {
	name := l.Attributes["subscription"]
	if name == "" {
		name = l.Attributes[addedByPubSub+"SourceSubscription"]
	}
	return name[strings.LastIndex(name, "/")+1:]
}
