package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Push is the body of a Pub/Sub push request, wrapped as Pub/Sub wraps it.
// https://cloud.google.com/pubsub/docs/push#receive_push
type Push struct {
	Message struct {
		Data        []byte            `json:"data"` // base64 in the JSON
		Attributes  map[string]string `json:"attributes,omitempty"`
		MessageID   string            `json:"messageId"`
		PublishTime time.Time         `json:"publishTime"`
	} `json:"message"`
	Subscription string `json:"subscription"`
	// DeliveryAttempt counts from 1 on a subscription that has a dead-letter topic, and is absent on others.
	DeliveryAttempt int `json:"deliveryAttempt,omitempty"`
}

// MaxPushBytes bounds a push body: a Pub/Sub message holds 10 MB at most, base64 makes that four thirds, and the
// envelope is small. Rollcall's own events are a few hundred bytes.
const MaxPushBytes = 14 << 20

// DecodePush reads a push envelope. Every error is final: whoever posted the body did not wrap it as Pub/Sub does.
func DecodePush(r io.Reader) (Push, error) {
	var p Push
	dec := json.NewDecoder(io.LimitReader(r, MaxPushBytes))
	if err := dec.Decode(&p); err != nil {
		return Push{}, fmt.Errorf("body is not a Pub/Sub push envelope: %w", err)
	}
	if p.Message.MessageID == "" || p.Subscription == "" {
		return Push{}, errors.New("body is not a Pub/Sub push envelope: it has no message.messageId or no subscription")
	}
	return p, nil
}
