package local

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

// steering is the content of upstream.yaml: what the invented services do in a run.
type steering struct {
	Restate []restatement     `yaml:"restate"`
	Fail    map[string]string `yaml:"fail"` // by source, the failure of its service
}

// restatement changes a past day of a story, as Medium does.
type restatement struct {
	Story string              `yaml:"story"`
	Day   partition.Partition `yaml:"day"`
	Views int64               `yaml:"views"` // added to those before
}

// steer reads upstream.yaml from file, and applies its restatements to c. A missing file is written, with an
// example for the last days of a run in comments. newest is the newest day of which the services have data.
func steer(file string, c *creator.Creator, last, newest partition.Partition) (steering, error) {
	var s steering
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, os.WriteFile(file, []byte(template(c, last)), 0o600)
	}
	if err == nil {
		dec := yaml.NewDecoder(bytes.NewReader(data))
		dec.KnownFields(true)
		if err = dec.Decode(&s); errors.Is(err, io.EOF) {
			err = nil // all of it is comments
		}
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w", file, plainYAML(err))
	}
	var faults []error
	for n, r := range s.Restate {
		if err := r.apply(c, newest); err != nil {
			faults = append(faults, fmt.Errorf("%s: restate, entry %d: %w", file, n+1, err))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Fail)) {
		service, known := services[name]
		if !known {
			faults = append(faults, fmt.Errorf("%s: fail: %q is not one of %s", file, name, strings.Join(serviceNames(), ", ")))
		} else if err := service.fake(c).FailByName(s.Fail[name]); err != nil {
			faults = append(faults, fmt.Errorf("%s: fail: %s: %w", file, name, err))
		}
	}
	return s, errors.Join(faults...)
}

func (r restatement) apply(c *creator.Creator, newest partition.Partition) error {
	switch {
	case r.Day.IsZero():
		return fmt.Errorf("day is missing; give one like %s", newest)
	case r.Day.Compare(newest) > 0:
		return fmt.Errorf("day %s has not ended; the newest day with data is %s", r.Day, newest)
	case r.Day.Compare(creator.Born) < 0:
		return fmt.Errorf("day %s lies before the first day with data, %s", r.Day, creator.Born)
	}
	return c.Restate(r.Story, r.Day, r.Views)
}

var (
	unknownKey = regexp.MustCompile(`^(line \d+: )field (\S+) not found in type .*$`)
	wrongValue = regexp.MustCompile("^(line \\d+: )cannot unmarshal \\S+ ?(`[^`]*`)? ?into (.*)$")
)

// plainYAML rewrites the errors of the YAML decoder, which name Go types.
func plainYAML(err error) error {
	wrong, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	var faults []error
	for _, text := range wrong.Errors {
		if parts := unknownKey.FindStringSubmatch(text); parts != nil {
			text = fmt.Sprintf("%s%q is not a setting%s", parts[1], parts[2],
				term.DidYouMean(parts[2], []string{"restate", "fail", "story", "day", "views"}))
		} else if parts := wrongValue.FindStringSubmatch(text); parts != nil {
			want := "a block of settings, as in the example"
			if strings.HasPrefix(parts[3], "int") {
				want = "a whole number"
			}
			text = strings.Join(strings.Fields(parts[1]+parts[2]+" must be "+want), " ")
		}
		faults = append(faults, errors.New(text))
	}
	return errors.Join(faults...)
}

// template returns the first upstream.yaml, with examples that work once their # is removed.
func template(c *creator.Creator, last partition.Partition) string {
	day := last.Add(-3)
	story := "STORY"
	if stories := c.Stories(day.Start()); len(stories) > 0 {
		story = stories[0].ID // the newest by then
	}
	return fmt.Sprintf(`# What the invented services do in the next run. Remove the # from what you want to try, and run
# go run ./scripts/rollcall again; put it back to end it.

# A past day of a story is restated, as Medium does for a week: this many views are added.
# Only what is made from that day runs again. (For a day older than a week, give --from, so that it is loaded again.)
#restate:
#  - {story: %s, day: %s, views: 500}

# A service fails. What needs it waits; the rest goes on. An unknown name is answered with the known ones. Some answers are
# refused only because an earlier load had more: medium: list_ends_early, half_of_yesterday, no_members, other_account.
#fail:
#  kit: unauthorized
#  medium: cookie_expired
# This one lists nothing any more. The load is refused until a person accepts it:
# go run ./scripts/rollcall load --source sheets --date %s --accept
#  sheets: header_alone
`, story, day, last)
}
