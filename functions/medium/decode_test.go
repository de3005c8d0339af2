package medium

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

func TestMoneyKeepsEveryDigit(t *testing.T) {
	for _, test := range []struct {
		m    money
		want string // empty: refused
	}{
		{money{Units: 14, Nanos: 350_000_000}, "14.350000000"},
		{money{}, "0.000000000"},
		{money{Nanos: 1}, "0.000000001"},
		{money{Nanos: -1}, "-0.000000001"},
		{money{Units: -2, Nanos: -500_000_000}, "-2.500000000"},
		{money{Units: 9007199254740993}, "9007199254740993.000000000"}, // no float64 holds it
		{money{Units: 1, Nanos: -1}, ""},
		{money{Units: -1, Nanos: 1}, ""},
		{money{Nanos: 1_000_000_000}, ""},
	} {
		got, err := test.m.decimal()
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%+v is %q, %v, want %q", test.m, got, err, test.want)
		}
	}
}

func TestCentsKeepEveryDigit(t *testing.T) {
	for in, want := range map[string]string{ // an empty want is refused
		"21": "21.000000000", "0": "0.000000000", "21.37": "21.370000000", "-3": "-3.000000000",
		"0.000000001": "0.000000001", "5e-7": "0.000000500", "1.5E3": "1500.000000000",
		"21.000000000000004": "21.000000000", // a binary fraction's noise
		"1e999999999":        "", "1e-999999999": "", "twelve": "", "": "", "NaN": "", "0x10": "", "1/3": "",
	} {
		got, err := cents(json.Number(in))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("cents(%s) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestMoneyAddsUpExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := money{Units: rapid.Int64Range(-1e15, 1e15).Draw(t, "units")}
		m.Nanos = rapid.Int64Range(0, 999_999_999).Draw(t, "nanos")
		if m.Units < 0 {
			m.Nanos = -m.Nanos
		}
		text, err := m.decimal()
		if err != nil {
			t.Fatal(err)
		}
		got, _ := new(big.Rat).SetString(text)
		want := new(big.Rat).Add(new(big.Rat).SetInt64(m.Units), big.NewRat(m.Nanos, 1e9))
		if got.Cmp(want) != 0 {
			t.Fatalf("%+v became %s", m, text)
		}
	})
}

// Temporary and permanent failures are distinguished, because only a permanent one needs an operator.
func TestUnusableAnswersAreRefused(t *testing.T) {
	for body, final := range map[string]bool{
		``: false, `[`: false, `[{"data":{"viewer":{"id":"x"`: false, // cut short
		`[{"errors":[{"message":"Internal server error"}],"data":null}]`: false,
		`[{"errors":[{}],"data":{"viewer":{"username":"me"}}}]`:          false,
		`{"data":{}}`: true, `[]`: true, `[{},{}]`: true, `[{"data":null}]`: true, `null`: true, `"text"`: true,
		`[{"data":[]}]`: true, `[{"data":{"viewer":"me"}}]`: true, `not JSON`: true,
		`  <!DOCTYPE html>`: true, `<title>Just a moment...</title>`: true,
	} {
		var data struct {
			Viewer *struct{ Username string }
		}
		err := decode([]byte(body), &data)
		if got := errors.As(err, new(*source.Error)); err == nil || got != final {
			t.Errorf("%s: %v; final: %t, want %t", body, err, got, final)
		}
	}
}

var (
	firstDay = partition.MustParse("2026-04-01") // 1775001600000
	lastDay  = firstDay.Add(6)
)

const zeros = `"readersThatReadCount":0,"readersThatViewedCount":0,"readersThatClappedCount":0,"readersThatRepliedCount":0,` +
	`"readersThatHighlightedCount":0,"readersThatInitiallyFollowedAuthorFromThisPostCount":0`

// daysOfStory returns the data of a story with a bucket of zeros for each "day membership", and earnings.
func daysOfStory(t testing.TB, earnings string, buckets ...string) daysData {
	t.Helper()
	var list []string
	for _, b := range buckets {
		day, membership, _ := strings.Cut(b, " ")
		list = append(list, fmt.Sprintf(`{"dayStartsAt":%d,"membershipType":%q,%s}`,
			toMillis(partition.MustParse(day).Start()), membership, zeros))
	}
	var d daysData
	text := `{"post":{"id":"x","earnings":` + earnings + `},"postStatsDailyBundle":{"buckets":[` + strings.Join(list, ",") + `]}}`
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRowsOfOneStory(t *testing.T) {
	const first = "2026-04-01"
	for _, test := range []struct {
		name     string
		earnings string
		buckets  []string
		want     []string // day, membership and cents; nil: an error
	}{
		{"a day in both memberships", `{"dailyEarnings":[{"periodStartedAt":1775001600000,"amount":21}]}`,
			[]string{first + " MEMBER", first + " NONMEMBER"}, []string{first + " MEMBER 21.000000000", first + " NONMEMBER"}},
		{"earnings without a member", `{"dailyEarnings":[{"periodStartedAt":1775001600000,"amount":0.5}]}`,
			[]string{first + " NONMEMBER"}, []string{first + " MEMBER 0.500000000", first + " NONMEMBER"}},
		{"no earnings", `null`, []string{first + " MEMBER"}, []string{first + " MEMBER"}},
		{"earnings of zero", `{"dailyEarnings":[{"periodStartedAt":1775001600000,"amount":0.0}]}`,
			[]string{first + " NONMEMBER"}, []string{first + " NONMEMBER"}},
		{"days that were not asked for", `{"dailyEarnings":[{"periodStartedAt":1774915200000,"amount":5}]}`,
			[]string{"2026-03-31 MEMBER", first + " MEMBER", "2026-04-08 MEMBER"}, []string{first + " MEMBER"}},
		{"no views", `null`, nil, []string{}},
		{"no views, but earnings", `{"dailyEarnings":[{"periodStartedAt":1775001600000,"amount":5}]}`, nil,
			[]string{first + " MEMBER 5.000000000"}},
		{"a day twice", `null`, []string{first + " MEMBER", first + " MEMBER"}, nil},
		{"an unknown membership", `null`, []string{first + " FRIEND"}, nil},
		{"earnings twice", `{"dailyEarnings":[{"periodStartedAt":1775001600000,"amount":1},{"periodStartedAt":1775001600000,"amount":1}]}`,
			[]string{first + " MEMBER"}, nil},
		{"earnings at noon", `{"dailyEarnings":[{"periodStartedAt":1775044800000,"amount":1}]}`, []string{first + " MEMBER"}, nil},
		{"earnings of null", `{"dailyEarnings":[{"periodStartedAt":1775001600000,"amount":null}]}`, []string{first + " MEMBER"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			days, err := daysOfStory(t, test.earnings, test.buckets...).within(firstDay, lastDay)
			if (err != nil) != (test.want == nil) {
				t.Fatalf("got %v", err)
			}
			if err != nil {
				return
			}
			got := []string{}
			for s, f := range days.slots {
				got = append(got, strings.TrimSpace(s.day.String()+" "+s.membership+" "+f.cents))
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A story has rows from its publication on. Earlier days, and days of a story that left the list, have rows with figures
// only.
func TestWhichRowsAStoryHas(t *testing.T) {
	published := firstDay.Add(3)
	sent := storyDays{slots: map[slot]figures{
		{firstDay, member}: {viewers: 2}, {firstDay.Add(1), nonMember}: {},
		{firstDay.Add(3), nonMember}: {readers: 1}, {firstDay.Add(4), member}: {cents: "0.5"}, {firstDay.Add(5), member}: {},
	}}
	for _, test := range []struct {
		name  string
		since *partition.Partition
		want  string // by day, M for MEMBER and N for NONMEMBER
	}{
		{"published within the window", &published, "M///MN/MN/MN/MN"},
		{"published before", &firstDay, "MN/MN/MN/MN/MN/MN/MN"},
		{"no longer listed", nil, "M///N/M//"},
	} {
		var days []string
		for day := range partition.Range(firstDay, lastDay) {
			text := ""
			for _, row := range sent.rows("x", day, test.since) {
				text += row["membership"].(string)[:1]
			}
			days = append(days, text)
		}
		if got := strings.Join(days, "/"); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// Whichever zeros Medium sends or leaves out, the rows are the same.
func TestZerosChangeNoRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		published := firstDay.Add(rapid.IntRange(-2, 8).Draw(t, "published"))
		since := rapid.SampledFrom([]*partition.Partition{nil, &published}).Draw(t, "since")
		some, all := storyDays{slots: map[slot]figures{}}, storyDays{slots: map[slot]figures{}}
		for day := range partition.Range(firstDay, lastDay) {
			for _, membership := range memberships {
				f := figures{viewers: rapid.Int64Range(0, 1).Draw(t, "viewers"), cents: rapid.SampledFrom([]string{"", "2"}).Draw(t, "cents")}
				all.slots[slot{day, membership}] = f
				if f != (figures{}) || rapid.Bool().Draw(t, "sent") {
					some.slots[slot{day, membership}] = f
				}
			}
		}
		for day := range partition.Range(firstDay, lastDay) {
			if diff := cmp.Diff(all.rows("x", day, since), some.rows("x", day, since)); diff != "" {
				t.Fatalf("%s (-all +some):\n%s", day, diff)
			}
		}
	})
}

func TestTheAccountsDayHoldsOnlyThatDay(t *testing.T) {
	const total = `"totalStats":{"presentations":70,"viewers":7,"readers":5,"netFollowersGained":-1,"netSubscribersGained":0}`
	point := func(p partition.Partition, viewers int) string {
		return fmt.Sprintf(`{"timestamp":%d,"stats":{"total":{"viewers":%d,"readers":1}}}`, toMillis(p.Start()), viewers)
	}
	for _, test := range []struct {
		name  string
		stats string
		want  string // presentations, viewers; empty: an error
	}{
		{"its point", `{"__typename":"AggregatePostTimeseriesStats",` + total + `,"points":[` + point(firstDay, 7) + `]}`, "70 7"},
		{"no point", `{"__typename":"AggregatePostTimeseriesStats",` + total + `,"points":[]}`, "null null"},
		{"another day's points", `{"__typename":"AggregatePostTimeseriesStats",` + total + `,"points":[` + point(lastDay, 9) + `]}`, "null null"},
		{"among unsorted others", `{"__typename":"AggregatePostTimeseriesStats",` + total + `,"points":[` +
			point(lastDay, 9) + `,` + point(firstDay, 4) + `,` + point(firstDay.Add(1), 8) + `]}`, "null 4"},
		{"two of its points among others", `{"__typename":"AggregatePostTimeseriesStats",` + total + `,"points":[` +
			point(firstDay, 9) + `,` + point(firstDay, 4) + `,` + point(lastDay, 8) + `]}`, ""},
		{"another type", `{"__typename":"NotFound"}`, ""},
		{"null", `null`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var data accountStats
			if err := json.Unmarshal([]byte(`{"user":{"postsAggregateTimeseriesStats":`+test.stats+`}}`), &data); err != nil {
				t.Fatal(err)
			}
			row, err := data.row(firstDay)
			if (err != nil) != (test.want == "") {
				t.Fatalf("got %v, %v", row, err)
			}
			if err == nil {
				if got := number(row, "presentations") + " " + number(row, "viewers"); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			}
		})
	}
}

func number(row schema.Row, column string) string {
	if n, ok := row[column].(*int64); ok && n != nil {
		return fmt.Sprint(*n)
	}
	return "null"
}

// Every answer of Medium is read or refused, and each row read from it fits the schema.
func FuzzAnswers(f *testing.F) {
	add := func(answer []byte) {
		f.Add(answer)
		for document := range upstreamtest.Nulls(answer) {
			f.Add(document)
		}
	}
	add([]byte(`[{"data":{"post":{"id":"x","earnings":{"dailyEarnings":[{"periodStartedAt":1775001600000,"amount":21.5}]}},` +
		`"postStatsDailyBundle":{"buckets":[{"dayStartsAt":1775001600000,"membershipType":"MEMBER",` + zeros + `}]}}}]`))
	add([]byte(`[{"data":{"user":{"id":"6a63","socialStats":{"followerCount":380},"postsConnection":{"edges":[{"node":{"id":"40793d1e9f2b",` +
		`"title":"A","createdAt":1746023966663,"firstPublishedAt":1746026444668,"readingTime":4.84,"wordCount":1182,"clapCount":51,` +
		`"voterCount":31,"responsesCount":1,"isLocked":true,"visibility":"LOCKED","totalStats":{"presentations":null,"views":3,"reads":2},` +
		`"earnings":{"total":{"currencyCode":"USD","units":14,"nanos":350000000}},"collection":{"id":"c"}}}],` +
		`"pageInfo":{"endCursor":"{\"column\":{\"S\":\"@\"}}","hasNextPage":true}}}}}]`))
	add([]byte(`[{"data":{"user":{"postsAggregateTimeseriesStats":{"__typename":"AggregatePostTimeseriesStats","totalStats":{"viewers":1},` +
		`"points":[{"timestamp":1775001600000,"stats":{"total":{"viewers":1}}}]}}}}]`))
	add([]byte(`[{"errors":[{"message":"no"}],"data":null}]`))
	f.Add([]byte(`<html>Just a moment...`))
	all := schema.MustReadAll(schemas)
	stories, days, account := all[storiesTable], all[daysTable], all[accountTable]
	fits := func(t *testing.T, s schema.Schema, row schema.Row) {
		row[s[0].Name] = firstDay
		if _, err := s.Append(nil, row); err != nil {
			t.Errorf("row %v: %v", row, err)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var d daysData
		if decode(body, &d) == nil {
			if got, err := d.within(firstDay, lastDay); err == nil {
				for s, f := range got.slots {
					fits(t, days, f.row("x", s.membership))
				}
			}
		}
		var page storiesPage
		var a author
		if decode(body, &page) == nil && a.take(page, map[string]bool{}, "me") == nil {
			for _, s := range a.stories {
				if row, err := s.row(); err == nil {
					fits(t, stories, row)
				}
			}
		}
		var series accountStats
		if decode(body, &series) == nil {
			if row, err := series.row(firstDay); err == nil {
				row["user_id"], row["username"], row["followers"] = "x", "me", int64(1)
				fits(t, account, row)
			}
		}
	})
}

// A story published during the walk moves the others down, so a page begins with the last story of the page before.
func TestPagesThatOverlapCountAStoryOnce(t *testing.T) {
	page := func(more bool, ids ...string) (p storiesPage) {
		var edges []string
		for _, id := range ids {
			edges = append(edges, fmt.Sprintf(`{"node":{"id":%q}}`, id))
		}
		text := fmt.Sprintf(`{"user":{"id":"u","socialStats":{"followerCount":1},"postsConnection":{"edges":[%s],"pageInfo":{"endCursor":"c","hasNextPage":%t}}}}`,
			strings.Join(edges, ","), more)
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	var a author
	seen := map[string]bool{}
	for _, p := range []storiesPage{page(true, "d", "c"), page(true, "c", "b"), page(false, "b")} {
		if err := a.take(p, seen, "me"); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, s := range a.stories {
		got = append(got, s.ID)
	}
	if diff := cmp.Diff([]string{"d", "c", "b"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := a.take(page(true, "c", "b"), seen, "me"); err == nil {
		t.Error("a page of nothing new, with another to follow, is no error, and the walk would go in circles")
	}
	if err := a.take(page(false, ""), seen, "me"); err == nil {
		t.Error("a story without an id is no error")
	}
}
