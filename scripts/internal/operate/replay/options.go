package replay

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// keeps is how long messages are kept (terraform/pubsub.tf); nobody can seek further back.
const keeps = 31 * 24 * time.Hour

// way is one of the three.
type way string

const (
	byDate  way = "date"
	bySeek  way = "seek"
	letters way = "deadletters"
)

// request is what the command line asks for.
type request struct {
	Way        way
	Date       partition.Partition
	Model      string
	FromSource bool
	Since      time.Time // UTC
	Only       []string
}

// newRequest reads the flags at an instant, or says everything that is wrong with them.
func newRequest(f Flags, now time.Time) (request, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	r := request{Model: f.Model, FromSource: f.FromSource, Only: f.Only}
	var ways []string
	for flag, w := range map[string]way{"--date": byDate, "--seek": bySeek, "--deadletters": letters} {
		if w == byDate && f.Date != "" || w == bySeek && f.Seek != "" || w == letters && f.Deadletters {
			ways = append(ways, flag)
			r.Way = w
		}
	}
	slices.Sort(ways)
	switch len(ways) {
	case 0:
		fault("what is to be processed again? Give --date, --seek or --deadletters")
	case 1:
	default:
		fault("%s are different ways; give one", strings.Join(ways, " and "))
	}
	if f.Date != "" {
		var err error
		if r.Date, err = partition.Parse(f.Date); err != nil {
			fault("--date: %v", err)
		} else if newest := partition.NewestComplete(r.Date.Grain(), now); r.Date.Compare(newest) > 0 {
			fault("--date %s has not ended yet; the newest that has is %s", r.Date, newest)
		}
	}
	if f.Seek != "" {
		var err error
		if r.Since, err = parseTime(f.Seek, now); err != nil {
			fault("--seek: %v", err)
		}
	}
	if f.Date == "" && (f.Model != "" || f.FromSource) {
		fault("--model and --from-source go with --date")
	}
	if !f.Deadletters && len(f.Only) > 0 {
		fault("--only goes with --deadletters")
	}
	if f.Project != "" && f.Data != "" && f.Data != datadir.Default {
		fault("--data and --project are different places; give one")
	}
	return r, errors.Join(faults...)
}

// parseTime reads a time, or how long before now: 45m, 2h, 3d.
func parseTime(text string, now time.Time) (time.Time, error) {
	now = now.UTC()
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		back, ok := parseBack(text)
		if !ok {
			return t, fmt.Errorf("%q is neither a time like %s nor so long ago like 2h or 3d", text, now.Add(-2*time.Hour).Format(time.RFC3339))
		}
		t = now.Add(-back)
	}
	switch t = t.UTC(); {
	case t.After(now):
		return t, fmt.Errorf("%s lies ahead", t.Format(time.RFC3339))
	case now.Sub(t) > keeps:
		return t, fmt.Errorf("messages are kept for 31 days, since %s; run an older day again by --date", now.Add(-keeps).Format(time.RFC3339))
	}
	return t, nil
}

func parseBack(text string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n > 0 && n <= 366
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d > 0
}

// fits reports why a model cannot be run for the request's date.
func (r request) fits(m *manifest.Manifest) error {
	if r.Model == "" {
		return nil
	}
	model := m.Model(r.Model)
	if model == nil {
		var names []string
		for _, x := range m.Models {
			names = append(names, x.Name)
		}
		slices.Sort(names)
		return fmt.Errorf("--model %q is no model; the models are %s", r.Model, strings.Join(names, ", "))
	}
	if model.Grain != r.Date.Grain() {
		example := r.Date.Month().Add(-1)
		if model.Grain == partition.Daily {
			example = partition.Day(r.Date.End().Add(-1))
		}
		return fmt.Errorf("--model %s is %s, and --date %s is not; give one like %s", r.Model, model.Grain, r.Date, example)
	}
	return nil
}
