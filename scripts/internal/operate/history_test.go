package operate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dustin/go-humanize/english"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/functions/kit/kittest"
	"example.com/rollcall/functions/medium/mediumtest"
	"example.com/rollcall/functions/sheets/sheetstest"
	"example.com/rollcall/functions/stripe/stripetest"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/upstream/upstreamtest"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// mart is a data folder whose sources read services that a test steers, as if they were the real ones: only the newest
// snapshot can be had.
type mart struct {
	t    *testing.T
	dir  string
	now  time.Time // where the clock was set, which goes on, so that the ids of loads sort
	set  time.Time // when it was
	days int       // that a run covers

	medium *mediumtest.Server
	kit    *kittest.Server
	stripe *stripetest.Server
	sheets *sheetstest.Server
	env    map[string]string

	creator *creator.Creator // whose data the services have

	story strings.Builder // what happened, for a golden file
}

// newMart returns a mart before its first run. Its creator has thousands of subscribers.
func newMart(t *testing.T, c *creator.Creator) *mart {
	m := &mart{
		t: t, dir: filepath.Join(t.TempDir(), "data"), days: 2, creator: c,
		medium: mediumtest.New(c), kit: kittest.New(c), stripe: stripetest.New(c), sheets: sheetstest.New(c),
	}
	m.env = map[string]string{
		"MEDIUM_USERNAME": creator.Username, "MEDIUM_SID": mediumtest.SID, "MEDIUM_UID": mediumtest.UID,
		"MEDIUM_INTERVAL": "0s", "MEDIUM_RETRY_WAIT": "1ms",
		"KIT_API_KEY": kittest.Key, "KIT_INTERVAL": "0s", "KIT_RETRY_WAIT": "1ms",
		"STRIPE_API_KEY": stripetest.Key, "STRIPE_TEST_DATA": "yes", "STRIPE_RETRY_WAIT": "1ms",
		"SHEETS_ID": sheetstest.ID, "SHEETS_RETRY_WAIT": "1ms",
	}
	for setting, s := range map[string]service{
		"MEDIUM_URL": {m.medium, ""}, "KIT_URL": {m.kit, "/v4"}, "STRIPE_URL": {m.stripe, ""}, "SHEETS_URL": {m.sheets, ""},
	} {
		url, err := upstreamtest.Listen(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		m.env[setting] = url + s.path
	}
	return m
}

// service is a fake with the path that follows its address in a setting.
type service struct {
	http.Handler
	path string
}

// morning moves the clock to the morning after a day.
func (m *mart) morning(day string) {
	m.now, m.set = partition.MustParse(day).End().Add(9*time.Hour), time.Now()
	for _, fake := range []interface{ SetNow(t time.Time) }{m.medium, m.kit, m.stripe, m.sheets} {
		fake.SetNow(m.now)
	}
}

// run runs the pipeline with some sources, and writes how it ended.
func (m *mart) run(sources ...string) {
	m.t.Helper()
	m.tell("run --source "+strings.Join(sources, " --source "), func(sys System) (bool, error) {
		return Run(m.t.Context(), RunOptions{Data: m.dir, Source: sources, JSON: true}, sys)
	})
}

// load loads a partition of a source, or accepts it.
func (m *mart) load(o LoadOptions) {
	m.t.Helper()
	o.Data, o.Yes, o.JSON = m.dir, true, true
	command := fmt.Sprintf("load --source %s --date %s", o.Source, cmp.Or(o.Date, o.Month))
	if o.Accept {
		command += " --accept"
	}
	m.tell(command, func(sys System) (bool, error) { return Load(m.t.Context(), o, sys) })
}

// backfill loads a range again.
func (m *mart) backfill(o BackfillOptions) {
	m.t.Helper()
	o.Data, o.Yes, o.JSON, o.Parallel = m.dir, true, true, 2
	m.tell(fmt.Sprintf("backfill --from %s --to %s", o.From, o.To), func(sys System) (bool, error) {
		return Backfill(m.t.Context(), o, sys)
	})
}

// replayGone runs again what models have published and is gone.
func (m *mart) replayGone() {
	m.t.Helper()
	m.tell("replay --gone", func(sys System) (bool, error) {
		return Replay(m.t.Context(), ReplayOptions{Place: Place{Data: m.dir}, Confirmation: Confirmation{Yes: true, JSON: true}, Gone: true}, sys)
	})
}

// clock returns the time, which goes on.
func (m *mart) clock() time.Time { return m.now.Add(time.Since(m.set)) }

// say writes what happens to a service.
func (m *mart) say(format string, args ...any) { fmt.Fprintf(&m.story, "# "+format+"\n", args...) }

var (
	loadID   = regexp.MustCompile(`\d{8}T\d{9}Z-[0-9a-f]{8}`)
	tellings = regexp.MustCompile(`^(missing|not refreshed|warning|fix|accepted|refused|rollcall)\b|^\s+fix:`)
)

// tell writes a command, what it says is wrong, and its exit status.
func (m *mart) tell(command string, do func(sys System) (bool, error)) {
	m.t.Helper()
	var stdout, stderr bytes.Buffer
	sys := folderSystem(&stdout, &stderr)
	sys.Env, sys.days, sys.now = envconfig.MapLookuper(m.env), m.days, m.clock
	code := status(&stderr)(do(sys))
	fmt.Fprintf(&m.story, "%s $ rollcall %s\n", m.now.Format("2006-01-02 15:04"), command)
	for line := range strings.Lines(loadID.ReplaceAllString(stderr.String(), "LOAD")) {
		if tellings.MatchString(line) {
			m.story.WriteString("  " + strings.ReplaceAll(line, m.dir, "DATA"))
		}
	}
	var o Outcome
	if code != broken {
		if err := json.Unmarshal(stdout.Bytes(), &o); err != nil {
			m.t.Fatalf("standard output is not JSON: %v", err)
		}
	}
	runs := 0
	for _, it := range o.Runs { // a backfill also tells how those stand that did not run
		if it.State == Succeeded || it.State == Failed {
			runs++
		}
	}
	fmt.Fprintf(&m.story, "  %s, exit %d\n", english.Plural(runs, "model run", ""), code)
}

// has writes a number from the warehouse.
func (m *mart) has(what, sql string) {
	m.t.Helper()
	d, err := duckdb.Open(m.t.Context(), duckdb.Options{Path: datadir.Dir{Path: m.dir}.Warehouse()})
	if err != nil {
		m.t.Fatal(err)
	}
	rows, err := d.Query(m.t.Context(), sql, nil, 40)
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		m.t.Fatal(err)
	}
	fmt.Fprintf(&m.story, "  %s:", what)
	for _, row := range rows {
		for _, column := range slices.Sorted(maps.Keys(row)) {
			value := row[column]
			if at, ok := value.(time.Time); ok {
				value = at.Format(time.DateOnly)
			}
			fmt.Fprintf(&m.story, " %v", value)
		}
	}
	m.story.WriteString("\n")
}

// testdata/histories has a file for each history: what is run, what it says is wrong, how it exits, and what the tables hold.
// What a service sends too little of must be refused, and change no table; what is only unusual must be loaded.
func TestHistories(t *testing.T) {
	for name, tell := range map[string]func(m *mart){
		"kit_pruned": func(m *mart) { // and nobody looks for three days
			m.kit.Oldest = 900
			m.morning("2026-11-20")
			m.run("kit")
			for n, day := range []string{"2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"} {
				m.kit.Oldest = 540 + int64(n)
				m.morning(day)
				m.run("kit")
			}
			m.has("subscribers", "SELECT snapshot_date AS a, count(*) AS n FROM raw.kit_subscribers GROUP BY ALL ORDER BY a")
			m.load(LoadOptions{Source: "kit", Date: "2026-11-21", Accept: true, Reason: "cleaned the list"})
			m.has("subscribers", "SELECT snapshot_date AS a, count(*) AS n FROM raw.kit_subscribers GROUP BY ALL ORDER BY a")
			m.has("growth", "SELECT day AS a, total AS n FROM mart.subscriber_growth ORDER BY day")
			m.run("kit")
		},
		"kit_list_ends_early": func(m *mart) {
			m.kit.Oldest = 900
			m.morning("2026-11-20")
			m.run("kit")
			m.kit.Oldest = 5
			m.morning("2026-11-21")
			m.run("kit")
			m.run("kit")
			m.load(LoadOptions{Source: "kit", Date: "2026-11-21"})
			m.morning("2026-11-22")
			m.run("kit")
			m.has("subscribers", "SELECT snapshot_date AS a, count(*) AS n FROM raw.kit_subscribers GROUP BY ALL ORDER BY a")
			m.kit.Fail(kittest.StopsShort)
			m.run("kit")
			m.kit.Fail("")
			m.kit.Oldest = 5900 // an import
			m.run("kit")
			m.has("subscribers", "SELECT snapshot_date AS a, count(*) AS n FROM raw.kit_subscribers GROUP BY ALL ORDER BY a")
			m.kit.Fail(kittest.OtherAccount)
			m.morning("2026-11-23")
			m.run("kit")
			m.has("growth", "SELECT day AS a, total AS n FROM mart.subscriber_growth ORDER BY day")
		},
		"tables_are_gone": func(m *mart) { // Kit has only its newest snapshot; the others are staged
			for _, day := range []string{"2026-11-20", "2026-11-21", "2026-11-22"} {
				m.morning(day)
				m.run("kit")
			}
			stands := func() {
				m.has("subscribers", "SELECT snapshot_date AS a, count(*) AS n FROM raw.kit_subscribers GROUP BY ALL ORDER BY a")
				m.has("growth", "SELECT day AS a, total AS n FROM mart.subscriber_growth ORDER BY day")
			}
			stands()
			m.say("a person drops raw.kit_subscribers")
			dropTables("raw.kit_subscribers")(m.t, m.dir, m.clock)
			m.run("kit")
			m.backfill(BackfillOptions{Range: Range{From: "2026-11-20", To: "2026-11-22"}, Source: []string{"kit"}})
			m.run("kit")
			stands()
			m.say("a person drops mart.subscriber_growth")
			dropTables("mart.subscriber_growth")(m.t, m.dir, m.clock)
			m.run("kit")
			m.replayGone()
			m.run("kit")
			stands()
			m.say("a person removes the file")
			if err := os.Remove(datadir.Dir{Path: m.dir}.Warehouse()); err != nil {
				m.t.Fatal(err)
			}
			m.run("kit")
			m.backfill(BackfillOptions{Range: Range{From: "2026-11-20", To: "2026-11-22"}, Source: []string{"kit"}})
			m.replayGone()
			m.run("kit")
			stands()
		},
		"medium_list_ends_early": func(m *mart) {
			m.morning("2026-11-20")
			m.run("medium")
			stands := "SELECT day AS a, count(DISTINCT post_id) AS n, sum(viewers) AS viewers FROM raw.medium_story_days " +
				"WHERE day >= DATE '2026-11-18' GROUP BY ALL ORDER BY a"
			m.has("story days", stands)
			m.morning("2026-11-21")
			for _, failure := range []mediumtest.Failure{mediumtest.ListEndsEarly, mediumtest.FirstPageAlone,
				mediumtest.HalfOfYesterday, mediumtest.NoMembers, mediumtest.ViewsFall, mediumtest.OtherAccount} {
				m.say("Medium: %s", failure)
				m.medium.Fail(failure)
				m.run("medium")
			}
			m.has("story days", stands)
			m.say("Medium is well again")
			m.medium.Fail("")
			m.run("medium")
			m.has("story days", stands)
		},
		"medium_story_deleted": func(m *mart) {
			m.days = 4
			m.morning("2026-11-20")
			m.run("medium")
			stands := "SELECT count(DISTINCT post_id) AS stories, sum(viewers) AS viewers, sum(earnings_cents) AS cents " +
				"FROM raw.medium_story_days WHERE day <= DATE '2026-11-20'"
			mart := "SELECT sum(viewers) AS viewers, sum(earnings) AS money FROM mart.story_days WHERE day <= DATE '2026-11-20'"
			m.has("raw until 2026-11-20", stands)
			m.has("mart until 2026-11-20", mart)
			m.say("Medium: three stories are deleted")
			var deleted []string
			for n, s := range m.creator.Stories(m.now) {
				if n%20 == 0 && len(deleted) < 3 {
					deleted = append(deleted, s.ID)
				}
			}
			m.medium.Change(mediumtest.Changes{Deleted: func(id string) bool { return slices.Contains(deleted, id) }})
			m.morning("2026-11-21")
			m.run("medium")
			m.has("stories", "SELECT snapshot_date AS a, count(*) AS n FROM raw.medium_stories GROUP BY ALL ORDER BY a")
			m.has("raw until 2026-11-20", stands)
			m.has("mart until 2026-11-20", mart)
			m.backfill(BackfillOptions{Range: Range{From: "2026-11-17", To: "2026-11-20"}, Source: []string{"medium"}})
			m.has("raw until 2026-11-20", stands)
			m.has("mart until 2026-11-20", mart)
		},
		"sheet_shrinks": func(m *mart) {
			sheet := func(rows int) {
				values := [][]any{{"post_id", "boosted", "boosted_on", "note"}}
				for _, s := range m.creator.Stories(m.now)[:rows] {
					values = append(values, []any{s.ID, true})
				}
				m.sheets.Values = values
				m.say("the sheet has %d rows", rows)
				m.run("sheets")
			}
			m.morning("2026-11-19")
			sheet(12)
			m.morning("2026-11-20")
			sheet(6)
			m.load(LoadOptions{Source: "sheets", Date: "2026-11-20", Accept: true, Reason: "tidied up"})
			m.morning("2026-11-21")
			sheet(8)
			m.morning("2026-11-22")
			sheet(0)
			m.has("boosts", "SELECT snapshot_date AS a, count(*) AS n FROM raw.sheets_boosts GROUP BY ALL ORDER BY a")
		},
		"stripe_list_ends_early": func(m *mart) {
			stands := "SELECT month AS a, count(*) AS n FROM raw.stripe_balance_transactions GROUP BY ALL ORDER BY a"
			m.morning("2026-11-02")
			m.run("stripe")
			m.has("transactions", stands)
			m.say("Stripe: a month has its 40 oldest transactions alone")
			m.stripe.Oldest = 40
			m.morning("2026-11-03")
			m.run("stripe")
			m.has("transactions", stands)
			m.stripe.Oldest = 0
			m.say("Stripe: a key of another account")
			m.stripe.Fail(stripetest.OtherAccount)
			m.run("stripe")
			m.say("Stripe: every page says that none follows")
			m.stripe.Fail(stripetest.EndsEarly)
			m.run("stripe")
			m.stripe.Fail("")
			m.has("transactions", stands)
			m.say("a key of the test mode")
			delete(m.env, "STRIPE_TEST_DATA")
			m.run("stripe")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMart(t, creator.NewWith(7, creator.Options{Subscribers: 8000}))
			tell(m)
			golden.Compare(t, "testdata/histories/"+name+".txt", m.story.String())
		})
	}
}
