package creator

import (
	"fmt"
	"iter"
	"sort"
	"time"
)

// State is the state of a subscriber, as Kit names it.
type State string

// Kit's states. Inactive subscribers never confirmed.
const (
	Active     State = "active"
	Inactive   State = "inactive"
	Bounced    State = "bounced"
	Complained State = "complained"
	Cancelled  State = "cancelled"
)

// Tag is a label on subscribers.
type Tag struct {
	ID   int64
	Name string
}

// Attribution says where a subscriber came from. An empty text is unknown.
type Attribution struct {
	Referrer, UTMSource, UTMMedium, UTMCampaign, UTMTerm, UTMContent string
	SourceType, SourceName, Mechanism, MechanismID                   string
}

// Location is the presumed location of a subscriber.
type Location struct {
	City, Region, Country string
	Latitude, Longitude   float64
	Timezone              string
}

// Subscriber is one subscriber of the newsletter as of an instant. Slices, maps and pointers are shared and
// must not be changed.
type Subscriber struct {
	ID          int64
	Email       string
	FirstName   string // empty: not given
	State       State
	CreatedAt   time.Time
	Tags        []Tag
	Attribution Attribution
	Location    *Location         // nil: unknown
	Fields      map[string]string // custom fields, by key
}

const (
	firstID = 2_400_000_000
	idStep  = 7 // ids have gaps, because other accounts of the service use them too
)

// signedUp returns the number of people who had subscribed by the end of the d-th day.
func (c *Creator) signedUp(d int) int64 {
	if d < 0 {
		return 0
	}
	c.signupsMu.RLock()
	if d < len(c.signups) {
		defer c.signupsMu.RUnlock()
		return c.signups[d]
	}
	c.signupsMu.RUnlock()
	c.signupsMu.Lock()
	defer c.signupsMu.Unlock()
	for next := len(c.signups); next <= d; next++ {
		total := int64(0)
		if next > 0 {
			total = c.signups[next-1]
		}
		c.signups = append(c.signups, total+c.newSignups(next))
	}
	return c.signups[d]
}

// newSignups returns the signups of a day, which grow with the audience. A tenth of those of two years come on
// the first day, from an older list.
func (c *Creator) newSignups(d int) int64 {
	dice := c.throw(ofSignups, 0, d)
	switch first := c.first.subscriber; {
	case d < first:
		return 0
	case d == first && first > 0:
		return 1
	case d == 0:
		return max(c.subscribers/10, 1)
	}
	const twoYears = 730*1000 + 1000*729*730/2/365 // audience of the days 0 … 729, summed up
	milli := c.subscribers * 900 * audience(d) / twoYears
	milli = milli * weekdayReaders[start(d).Weekday()] / 1000 * dice.between(700, 1300) / 1000
	return dice.round(milli)
}

// createdAt returns the time of the k-th of n signups of a day, in order of time.
func (c *Creator) createdAt(d int, k, n int64) time.Time {
	slot := int64(86400) * k / n
	width := int64(86400)*(k+1)/n - slot
	if width > 1 {
		dice := c.throw(ofSubscriber, int(k), -1-d)
		slot += dice.below(width)
	}
	return start(d).Add(time.Duration(slot) * time.Second)
}

// SubscriberCount returns the number of subscribers as of an instant, in all states.
func (c *Creator) SubscriberCount(asOf time.Time) int64 {
	d := dayOf(asOf)
	before, all := c.signedUp(d-1), c.signedUp(d)
	n := all - before
	return before + int64(sort.Search(int(n), func(k int) bool { return c.createdAt(d, int64(k), n).After(asOf) }))
}

// Subscribers yields the subscribers as of an instant by descending id, beginning with the first id below the
// given one; 0 begins with the newest. It computes them one by one, so a long list needs no memory.
func (c *Creator) Subscribers(asOf time.Time, below int64) iter.Seq[Subscriber] {
	return func(yield func(Subscriber) bool) {
		index := c.SubscriberCount(asOf) - 1
		if below > 0 {
			index = min(index, (below-firstID+idStep-1)/idStep-1) // the last with a lower id
		}
		if index < 0 {
			return
		}
		d := sort.Search(dayOf(asOf), func(d int) bool { return c.signedUp(d) > index }) // the day on which index signed up
		for ; d >= 0; d-- {
			before := c.signedUp(d - 1)
			n := c.signedUp(d) - before
			for ; index >= before; index-- {
				if !yield(c.subscriber(index, c.createdAt(d, index-before, n), d, asOf)) {
					return
				}
			}
		}
	}
}

func (c *Creator) subscriber(index int64, created time.Time, d int, asOf time.Time) Subscriber {
	dice := c.throw(ofSubscriber, int(index), 0)
	s := Subscriber{
		ID: firstID + index*idStep, Email: fmt.Sprintf("reader%d@example.com", index+1), CreatedAt: created,
		FirstName: pick(&dice, firstNames),
		Tags:      pick(&dice, tagSets),
		Fields:    pick(&dice, fieldSets),
	}
	s.Attribution = imported
	if d > 0 {
		s.Attribution = pick(&dice, attributions)
	}
	if !dice.chance(120) {
		s.Location = &places[dice.below(int64(len(places)))]
	}
	s.State = state(&dice, created, asOf)
	return s
}

// state returns the state of a subscriber. The dice decide all of its changes in advance.
func state(dice *dice, created, asOf time.Time) State {
	since := asOf.Sub(created)
	hours := func(low, high int64) time.Duration { return time.Duration(dice.between(low, high)) * time.Hour }
	switch fate := dice.below(1000); {
	case fate < 60: // never confirms
		return Inactive
	case fate < 85:
		if since >= hours(1, 400) {
			return Bounced
		}
	case fate < 90:
		if since >= hours(24, 2000) {
			return Complained
		}
	case fate < 390:
		leaves := hours(24, 400*24)
		back := leaves + hours(24, 200*24)
		if since >= leaves && (!dice.chance(90) || since < back) {
			return Cancelled
		}
	}
	return Active
}

// The attributes of subscribers. Repeated entries are more frequent.
var (
	firstNames = []string{"", "", "", "Alex", "Sam", "Noor", "Chris", "Yuki", "Robin", "Ines", "Zoë", "Lars", "O'Neill"}

	tagSets = [][]Tag{
		nil, nil, nil, {vip}, {course}, {weekly}, {weekly}, {weekly, vip}, {course, vip, weekly},
	}
	vip    = Tag{301, "VIP"}
	course = Tag{302, "Course buyer"}
	weekly = Tag{303, "Weekly, long"}

	fieldSets = []map[string]string{
		{}, {}, {"category": "Writing"}, {"category": "Data"}, {"category": "Data", "company_size": "11-50"},
		{"how_found": "A friend said \"read this\""},
	}

	imported     = Attribution{SourceType: "import", SourceName: "Old list.csv"}
	attributions = []Attribution{
		{}, {SourceType: "api"},
		{Referrer: "https://medium.com/", UTMSource: "medium", UTMMedium: "story", UTMCampaign: "footer",
			SourceType: "form_subscription", SourceName: "Story footer", Mechanism: "landing_page", MechanismID: "9001"},
		{Referrer: "https://medium.com/", UTMSource: "medium", UTMMedium: "profile",
			SourceType: "form_subscription", SourceName: "Profile", Mechanism: "landing_page", MechanismID: "9001"},
		{Referrer: "https://t.co/abc123", UTMSource: "twitter", UTMMedium: "social", UTMCampaign: "spring_launch",
			SourceType: "form_subscription", SourceName: "Welcome Form", Mechanism: "landing_page", MechanismID: "9002"},
		{Referrer: "https://www.google.com/", SourceType: "form_subscription", SourceName: "Home page",
			Mechanism: "embed", MechanismID: "9003"},
		{UTMSource: "partner", UTMMedium: "newsletter", UTMCampaign: "swap", UTMTerm: "data mart", UTMContent: "top",
			SourceType: "form_subscription", SourceName: "Welcome Form", Mechanism: "landing_page", MechanismID: "9002"},
	}

	places = []Location{
		{"Portland", "OR", "US", 45.5, -122.6, "America/Los_Angeles"},
		{"Austin", "TX", "US", 30.27, -97.74, "America/Chicago"},
		{"New York", "NY", "US", 40.71, -74.01, "America/New_York"},
		{"London", "England", "GB", 51.51, -0.13, "Europe/London"},
		{"Zürich", "ZH", "CH", 47.37, 8.54, "Europe/Zurich"},
		{"Pune", "MH", "IN", 18.52, 73.86, "Asia/Kolkata"},
		{"Osaka", "27", "JP", 34.69, 135.5, "Asia/Tokyo"},
		{"Lagos", "LA", "NG", 6.45, 3.39, "Africa/Lagos"},
	}
)
