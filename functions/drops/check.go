package drops

import (
	"time"

	"example.com/rollcall/shared/source"
)

// Check says why a file could not be loaded if it were dropped at an instant under an object's name, drops/<name>/<anything>.json;
// nil when it could. month is that of the object's metadata, when a person has set it. The error tells the hint.
func Check(object string, at time.Time, month string, data []byte) error {
	if !dropName.MatchString(object) {
		return source.Errorf("give it a name like drops/medium/2026-10/stories.json", "%s is no place of a drop", object)
	}
	if len(data) > maxBytes {
		return errTooLarge
	}
	_, err := decode(file{object: object, created: at, month: month}, data)
	return err
}
