package coordinator

import "example.com/rollcall/shared/event"

// Usable reports why a message with this data can never be of use here, as an *UnusableError; nil when it can.
func (c *Coordinator) Usable(data []byte) error {
	e, err := event.Decode(data)
	if err != nil {
		return &UnusableError{err.Error()}
	}
	return c.owns(e)
}
