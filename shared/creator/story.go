package creator

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// UserID and Username identify the creator on Medium.
const (
	UserID   = "6f0d2c41b7aa"
	Username = "rollcall-creator"
)

// Publication is a collection of stories on Medium.
type Publication struct{ ID, Slug, Name string }

// Story is one published story as of an instant.
type Story struct {
	ID          string // 12 hexadecimal digits
	Title       string
	Slug        string // ends with the id
	URL         string
	CreatedAt   time.Time // when the draft was started
	PublishedAt time.Time
	UpdatedAt   time.Time // the last edit
	BoostedAt   time.Time // zero: not boosted
	Words       int64
	Minutes     float64      // reading time
	Locked      bool         // for members only; only such stories earn
	Publication *Publication // nil: none
}

// storyline holds a story and its history so far. The Story is in its final state, after its last edit and boost.
type storyline struct {
	Story
	traits
	index  int
	first  int // day of publication
	days   []StoryDay
	totals []Lifetime // after each of days
}

// traits determine how well a story does.
type traits struct {
	reach       int64 // views of a typical first day
	readers     int64 // of a thousand viewers
	rate        Money // earned with one member's read
	clapsEach   int64
	boostReach  int64 // views of the first day of a boost
	memberShare int64 // of a thousand viewers
}

// publishing holds the chance of a story on each weekday in thousandths, Sunday first: some 95 stories in two years.
var publishing = [7]int64{90, 120, 220, 120, 220, 100, 40}

// publish returns the story that was published on a day, if there was one. There always is one on the first day.
func (c *Creator) publish(d, index int) (Story, bool) {
	dice := c.throw(ofPublishing, 0, d)
	if d < c.first.story || !dice.chance(publishing[start(d).Weekday()]) && d > c.first.story {
		return Story{}, false
	}
	dice = c.throw(ofStory, index, 0)
	published := start(d).Add(time.Duration(dice.between(5*3600, 20*3600)) * time.Second)
	title := title(&dice)
	s := Story{
		ID:          fmt.Sprintf("%012x", dice.next()&(1<<48-1)),
		Title:       title,
		CreatedAt:   published.Add(-time.Duration(dice.between(1, 12*86400)) * time.Second),
		PublishedAt: published,
		UpdatedAt:   published.Add(time.Duration(dice.between(60, 9*86400)) * time.Second),
		Words:       dice.between(350, 2600),
		Locked:      dice.chance(800),
	}
	s.Slug = slug(title) + "-" + s.ID
	s.URL = "https://medium.com/@" + Username + "/" + s.Slug
	s.Minutes = float64(s.Words) / 265
	if dice.chance(400) {
		p := pick(&dice, publications)
		s.Publication = &p
		s.URL = "https://medium.com/" + p.Slug + "/" + s.Slug
	}
	if s.Locked && dice.chance(100) { // Medium boosts what members pay for
		s.BoostedAt = published.Add(time.Duration(dice.between(8*3600, 4*86400)) * time.Second)
	}
	if first := c.first.boost; first > 0 {
		if dayOf(s.BoostedAt) <= first {
			s.BoostedAt = time.Time{}
		}
		if index == 0 {
			s.Locked, s.BoostedAt = true, start(first).Add(12*time.Hour)
		}
	}
	return s, true
}

// traits returns the traits of a story, which depend on its place in the sequence.
func (c *Creator) traits(s *storyline) traits {
	dice := c.throw(ofStory, s.index, 1)
	t := traits{
		reach: dice.between(25, 90), readers: dice.between(350, 650), rate: Money(dice.between(200, 600)),
		clapsEach: dice.between(2, 9), memberShare: 280,
	}
	switch { // a few stories have many readers
	case dice.chance(40):
		t.reach *= 10
	case dice.chance(150):
		t.reach *= 3
	}
	if s.Locked {
		t.memberShare = 620
	}
	if !s.BoostedAt.IsZero() {
		t.boostReach = t.reach * dice.between(5, 12)
	}
	return t
}

func title(d *dice) string {
	first := d.below(int64(len(subjects)))
	second := (first + d.between(1, int64(len(subjects))-1)) % int64(len(subjects))
	return fmt.Sprintf(pick(d, lessons), subjects[first], subjects[second])
}

func slug(title string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}

// Stories returns the stories published by asOf, newest first, as they were then.
func (c *Creator) Stories(asOf time.Time) []Story {
	c.grow(dayOf(asOf))
	c.mu.RLock()
	defer c.mu.RUnlock()
	var list []Story
	for _, line := range slices.Backward(c.stories) {
		if !line.PublishedAt.After(asOf) {
			list = append(list, line.asOf(asOf))
		}
	}
	return list
}

func (s *storyline) asOf(t time.Time) Story {
	story := s.Story
	if story.UpdatedAt.After(t) {
		story.UpdatedAt = story.PublishedAt
	}
	if story.BoostedAt.After(t) {
		story.BoostedAt = time.Time{}
	}
	return story
}

// The parts of titles.
var (
	subjects = []string{
		"Writing", "Editing", "Outlining", "Note-Taking", "Newsletters", "Headlines", "First Drafts", "Deadlines",
		"Slow Reading", "Side Projects", "Dashboards", "Spreadsheets", "SQL", "Go", "Data Pipelines", "Testing",
		"Remote Work", "Deep Work", "Walking", "Mornings", "Boredom", "Habits", "Constraints", "Small Teams",
	}
	lessons = []string{
		"What %s Taught Me About %s", "%s Is the Opposite of %s", "From %s to %s", "Less %s, More %s",
		"Why %s Beats %s", "%s for People Who Hate %s", "How %s Ruined %s for Me", "The Quiet Link Between %s and %s",
		"I Gave Up %s for %s", "%s, %s and the Cost of Both", "A Year of %s Without %s", "Ten Notes on %s and %s",
	}
)

var publications = []Publication{
	{ID: "5f1b9d0c7e2a", Slug: "slow-craft", Name: "Slow Craft"},
	{ID: "8c44aa7d9013", Slug: "plain-data", Name: "Plain Data"},
	{ID: "d0e6f2b37b51", Slug: "the-margin", Name: "The Margin"},
}
