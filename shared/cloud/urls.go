package cloud

import (
	"encoding/json"
	"fmt"
)

// URLs holds addresses of deployed functions by name, like {"kit": "https://…"}.
type URLs map[string]string

// UnmarshalText reads a JSON object. Empty text leaves u empty.
func (u *URLs) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, (*map[string]string)(u)); err != nil {
		return fmt.Errorf(`addresses of functions are not like {"kit": "https://…"}: %w`, err)
	}
	return nil
}
