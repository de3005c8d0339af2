package local

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

// steering is upstream.yaml: what the invented services do that is worth trying.
type steering struct {
	// Restate changes past days of stories, as Medium does.
	Restate []struct {
		Story string              `yaml:"story"`
		Day   partition.Partition `yaml:"day"`
		Views int64               `yaml:"views"` // more than before, or fewer when negative
	} `yaml:"restate"`
	// Fail names for each source the failure that its service meets.
	Fail map[string]string `yaml:"fail"`
}

// steer reads upstream.yaml, a file of that name; when there is none, it writes one that changes nothing.
func steer(file string, c *creator.Creator, newest partition.Partition) (steering, error) {
	var s steering
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, os.WriteFile(file, []byte(template(c, newest)), 0o600)
	}
	if err == nil {
		dec := yaml.NewDecoder(bytes.NewReader(data))
		dec.KnownFields(true)
		if err = dec.Decode(&s); errors.Is(err, io.EOF) {
			err = nil // all of it is comments
		}
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w", file, err)
	}
	var faults []error
	for n, r := range s.Restate {
		if err := c.Restate(r.Story, r.Day, r.Views); err != nil {
			faults = append(faults, fmt.Errorf("%s: restate, entry %d: %w", file, n+1, err))
		}
	}
	for name := range s.Fail {
		if !slices.Contains(serviceNames(), name) {
			faults = append(faults, fmt.Errorf("%s: fail: %q is not one of %s", file, name, strings.Join(serviceNames(), ", ")))
		}
	}
	return s, errors.Join(faults...)
}

// template is the first upstream.yaml, with an example that can be used as it stands.
func template(c *creator.Creator, newest partition.Partition) string {
	day := newest.Add(-3)
	story := "STORY"
	if stories := c.Stories(day.Start()); len(stories) > 0 {
		story = stories[0].ID // the newest by then
	}
	return fmt.Sprintf(`# What the invented services do in the next run. Take the # away from what you want to try, and run
# go run ./scripts/rollcall again; put it back to end it.

# A past day of a story is restated, as Medium does for a week: so many more views than before.
# Only what is made from that day runs again. (An older day than a week: give --from, so that it is asked for again.)
#restate:
#  - {story: %s, day: %s, views: 500}

# A service fails. What needs it waits, what does not goes on. An unknown name is answered with the known ones.
#fail:
#  kit: down
#  medium: cookie_expired
`, story, day)
}
