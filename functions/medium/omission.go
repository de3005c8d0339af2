package medium

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// A slot that Medium leaves out has no views, as far as one answer shows. These are the bounds beyond which that is
// no longer believed.
const (
	grownBy       = 5  // lifetime views since the snapshot before, from which a story should have some in the window
	fewestStories = 3  // such stories without any
	fewestMissed  = 10 // viewers or cents of a day that an earlier load or the days before lead to expect
	partMissed    = 5  // more than one in so many must be missing
)

// earned stands for the earnings of a day, beside the two memberships, which stand for their viewers.
const earned = "earnings"

// compared holds what is compared of each story and day.
var compared = []string{member, nonMember, earned}

// count is what is compared: a day's viewers of one membership, or its earnings in cents.
type count struct {
	day  partition.Partition
	what string
}

// count returns what Medium sends of it.
func (d storyDays) count(c count) int64 {
	if c.what == earned {
		return wholeCents(d.slots[slot{c.day, member}].cents)
	}
	return d.slots[slot{c.day, c.what}].viewers
}

// answers holds what Medium says about the stories of a window, and what earlier loads said.
type answers struct {
	window []partition.Partition
	listed []story // those of the list that were published by the window's end, and that Medium shows
	sent   map[string]storyDays
	past   past
}

// omission is what Medium seems to have left out.
type omission struct {
	what     string // one of compared; empty: all views of stories that have grown
	days     []partition.Partition
	expected int64 // viewers or cents; of stories that have grown: stories
	missed   int64
	stories  []string // ids
}

// omissions returns what seems to be left out.
func (a answers) omissions() (list []omission) {
	if o := a.grownWithoutViews(); o.missed >= fewestStories && o.missed*partMissed > o.expected {
		list = append(list, o)
	}
	for _, what := range compared {
		if o, ok := a.missing(what); ok {
			list = append(list, o)
		}
	}
	return list
}

func (a answers) grownWithoutViews() omission {
	o := omission{days: a.window}
	for _, s := range a.listed {
		if growth, known := a.past.growth(s); !known || growth < grownBy {
			continue
		}
		o.expected++
		if days := a.sent[s.ID]; days.viewers()+days.later == 0 {
			o.missed++
			o.stories = append(o.stories, s.ID)
		}
	}
	return o
}

// missing returns what is missing by days or, if no day alone is suspicious, of all days that were loaded before.
func (a answers) missing(what string) (omission, bool) {
	byDay, all := omission{what: what}, omission{what: what}
	for _, day := range a.window {
		o := a.missingOn(count{day, what})
		if o.suspicious() {
			byDay.add(o)
		}
		if a.past.has(day) {
			all.add(o)
		}
	}
	if len(byDay.days) > 0 {
		return byDay, true
	}
	return all, all.suspicious()
}

// missingOn returns what is missing of a day.
func (a answers) missingOn(c count) omission {
	o := omission{what: c.what, days: []partition.Partition{c.day}}
	came := int64(0)
	for _, s := range a.listed {
		n, expected := a.sent[s.ID].count(c), a.expected(s, c)
		came += n
		o.expected += expected
		if n == 0 && expected > 0 {
			o.missed += expected
			o.stories = append(o.stories, s.ID)
		}
	}
	if came > 0 || a.past.has(c.day) || c.what == earned {
		return o
	}
	// A story with few viewers may have none on a day, but not all stories together.
	if usual, stories := a.together(c.what); usual > o.expected {
		o.expected, o.missed, o.stories = usual, usual, stories
	}
	return o
}

// expected returns the fewest viewers or cents that a story should have. A day that was loaded before should have as many
// as then. Another one should have as many viewers as the least of those days, unless the story's lifetime views say that
// it really had few. Its earnings may come later.
func (a answers) expected(s story, c count) int64 {
	counts := a.past.counts[s.ID]
	if a.past.has(c.day) {
		return counts[c]
	}
	if growth, known := a.past.growth(s); known && growth < grownBy || c.what == earned {
		return 0
	}
	var before []int64
	for _, day := range a.past.days {
		if n, ok := counts[count{day, c.what}]; ok {
			before = append(before, n)
		}
	}
	return least(before)
}

// together returns the least number of viewers that all stories had on one of the days that were loaded before, and the
// stories that had any.
func (a answers) together(membership string) (int64, []string) {
	var sums []int64
	viewed := map[string]bool{}
	for _, day := range a.past.days {
		sum := int64(0)
		for _, s := range a.listed {
			if n := a.past.counts[s.ID][count{day, membership}]; n > 0 {
				sum += n
				viewed[s.ID] = true
			}
		}
		sums = append(sums, sum)
	}
	return least(sums), slices.Sorted(maps.Keys(viewed))
}

// fewestDays is the number of days from which the least of them says something about another day.
const fewestDays = 3

func least(viewers []int64) int64 {
	if len(viewers) < fewestDays {
		return 0
	}
	return slices.Min(viewers)
}

func (o omission) suspicious() bool {
	return o.missed >= fewestMissed && o.missed*partMissed > o.expected
}

// add adds another day's.
func (o *omission) add(other omission) {
	o.days = append(o.days, other.days...)
	o.expected += other.expected
	o.missed += other.missed
	o.stories = append(o.stories, other.stories...)
	slices.Sort(o.stories)
	o.stories = slices.Compact(o.stories)
}

// maxNamed bounds the number of stories that an error names.
const maxNamed = 10

// refusal says what is missing, of which stories, after they have been asked for twice.
func (o omission) refusal(taken partition.Partition) stage.Refusal {
	r := stage.Refusal{
		Code: "omitted", Table: "raw." + daysTable, From: o.expected, To: o.expected - o.missed, Retry: true,
		Keys: o.stories[:min(len(o.stories), maxNamed)], More: max(len(o.stories)-maxNamed, 0),
	}
	if len(o.days) == 1 {
		r.Partition = o.days[0]
	}
	what := fmt.Sprintf("no views of %d of %d stories whose lifetime views have grown by %d or more since the snapshot of %s",
		o.missed, o.expected, grownBy, taken)
	switch o.what {
	case "":
	case earned:
		what = fmt.Sprintf("no earnings of %d stories (%d of %d cents expected from earlier loads)", len(o.stories), o.missed,
			o.expected)
	default:
		what = fmt.Sprintf("no views by %s readers of %d stories (at least %d of %d expected from earlier loads)", o.what,
			len(o.stories), o.missed, o.expected)
	}
	r.Reason = fmt.Sprintf("%s %s: Medium sends %s, even when asked again slowly: %s", r.Table, spans(o.days), what,
		stage.NameKeys(o.stories, 0))
	return r
}

// spans returns "2026-11-15, 2026-11-18 to 2026-11-21".
func spans(days []partition.Partition) string {
	var parts []string
	for _, group := range partition.Join(days, func(p partition.Partition) partition.Partition { return p }, nil) {
		parts = append(parts, partition.Text(group[0], group[len(group)-1]))
	}
	return strings.Join(parts, ", ")
}
