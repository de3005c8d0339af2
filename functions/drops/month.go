package drops

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// Codes of the refusals that package drops makes.
const (
	codeEarly   = "early"       // a file was dropped before its month had ended
	codePages   = "pages"       // the last page of a list is missing
	codePlace   = "place"       // files of the month that do not count hold more stories
	codeAccount = "account"     // the files are of several users
	codeOther   = "other_month" // the stories seem to be of another month
)

const (
	// fromStories is the number of stories from which a whole file can look like one of another month.
	fromStories = 3
	// maxLater is the share of stories that may be published after the month and yet have views: a file is downloaded some
	// days after the month's end, and some of its numbers are lifetime numbers.
	maxLater = 0.25
)

// tableMonth holds what the dropped files hold of one table's month.
type tableMonth struct {
	table     string
	partition partition.Partition
	rows      []row  // in order of the stories' ids
	counted   []drop // the files whose rows are merged, oldest first
	others    []drop // files of the month that do not count, because of their kind or place
}

// assemble returns a table's month. The newest file with rows of it decides which kind and which <name> count. The rows
// of all such files are merged, story by story, and the newest file wins.
func assemble(drops []drop, table string, p partition.Partition) tableMonth {
	m := tableMonth{table: table, partition: p}
	var of []drop
	for _, d := range drops {
		if d.table == table && len(d.months[p]) > 0 {
			of = append(of, d)
		}
	}
	if len(of) == 0 {
		return m
	}
	slices.SortFunc(of, func(a, b drop) int {
		return cmp.Or(cmp.Compare(a.generation, b.generation), cmp.Compare(a.object, b.object))
	})
	newest := of[len(of)-1]
	byID := map[string]row{}
	for _, d := range of {
		if d.shape != newest.shape || d.folder != newest.folder {
			m.others = append(m.others, d)
			continue
		}
		m.counted = append(m.counted, d)
		for _, r := range d.months[p] {
			byID[r.postID] = r
		}
	}
	m.rows = slices.SortedFunc(maps.Values(byID), func(a, b row) int { return cmp.Compare(a.postID, b.postID) })
	return m
}

// doubts returns why a month must not be loaded unless a person accepts it. all holds every dropped file. The reasons
// are the same as long as the files are.
func (m tableMonth) doubts(all []drop) (list []stage.Refusal) {
	for _, doubt := range []struct{ code, reason string }{
		{codeEarly, m.early()}, {codePages, m.pages()}, {codePlace, m.place()},
		{codeOther, cmp.Or(m.later(), m.same(all))},
	} {
		if doubt.reason != "" {
			list = append(list, stage.Refusal{
				Code: doubt.code, Table: "raw." + m.table, Partition: m.partition, Reason: doubt.reason,
			})
		}
	}
	return list
}

// early names the files with rows of the month that were dropped before it had ended.
func (m tableMonth) early() string {
	var early []drop
	for _, d := range m.counted {
		used := slices.ContainsFunc(m.rows, func(r row) bool { return r.columns["object"] == d.object })
		if used && m.partition.End().After(d.created) {
			early = append(early, d)
		}
	}
	if early == nil {
		return ""
	}
	return fmt.Sprintf("%s had not ended when %s was dropped; drop a newer download after its end", m.partition, named(early))
}

// pages names the files that say that another page follows, if none holds the last page. A last page says that none
// follows, and has a story that no other page has; a correction of some stories has none.
func (m tableMonth) pages() string {
	var paged []drop
	known := map[string]bool{}
	for _, d := range m.counted {
		if d.paged {
			paged = append(paged, d)
			for _, r := range d.months[m.partition] {
				known[r.postID] = true
			}
		}
	}
	last := slices.ContainsFunc(m.counted, func(d drop) bool {
		return !d.paged && slices.ContainsFunc(d.months[m.partition], func(r row) bool { return !known[r.postID] })
	})
	if len(paged) == 0 || last {
		return ""
	}
	return fmt.Sprintf("another page follows %s, and the last page was not dropped; drop it beside them, and %s is loaded",
		named(paged), m.partition)
}

// place names files that do not count and hold stories that the others lack.
func (m tableMonth) place() string {
	has := map[string]bool{}
	for _, r := range m.rows {
		has[r.postID] = true
	}
	var of []drop
	lost := map[string]bool{}
	for _, d := range m.others {
		before := len(lost)
		for _, r := range d.months[m.partition] {
			if !has[r.postID] {
				lost[r.postID] = true
			}
		}
		if len(lost) > before {
			of = append(of, d)
		}
	}
	if of == nil {
		return ""
	}
	newest := m.counted[len(m.counted)-1]
	return fmt.Sprintf("only %s files below %s%s/ count, because %s is the newest of %s; %s has %s that they lack; "+
		"drop all pages into one folder, or delete the wrong files and load the month again", newest.shape, prefix, newest.folder,
		newest.object, m.partition, named(of), english.Plural(len(lost), "story", "stories"))
}

// owner returns the user whose files count in the tables of one month, "" if no file has one, and why they must not be
// loaded if there are several.
func owner(tables []tableMonth) (user string, doubt *stage.Refusal) {
	of := map[string][]drop{}
	for _, m := range tables {
		for _, d := range m.counted {
			for _, id := range d.users {
				user = id
				of[id] = append(of[id], d)
			}
		}
	}
	if len(of) < 2 {
		return user, nil
	}
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("user %s (%s)", id, named(of[id])))
	}
	p := tables[0].partition
	return "", &stage.Refusal{Code: codeAccount, Partition: p, Reason: fmt.Sprintf("the files of %s are of %s; %s",
		p, english.WordSeries(parts, "and"), wrongUser)}
}

const wrongUser = "delete those that are not the author's, and load the month again"

// later reports that many stories have views and were published after the month.
func (m tableMonth) later() string {
	later := 0
	for _, r := range m.rows {
		published, _ := r.columns["first_published_at"].(time.Time)
		if views, _ := r.columns["views"].(int64); views > 0 && !published.Before(m.partition.End()) {
			later++
		}
	}
	if later < fromStories || float64(later) <= maxLater*float64(len(m.rows)) {
		return ""
	}
	return fmt.Sprintf("%d of %d stories have views and were published after %s; %s", later, len(m.rows), m.partition, wrongMonth)
}

const wrongMonth = "if a file is of another month, delete it and drop it under a name with its own month"

// same names another month for which an earlier file has the very same numbers.
func (m tableMonth) same(all []drop) string {
	if m.table != storiesTable || len(m.rows) < fromStories {
		return ""
	}
	mine, viewed := m.numbers()
	if !viewed {
		return ""
	}
	newest := m.counted[len(m.counted)-1]
	others := map[partition.Partition]bool{}
	for _, d := range all {
		for p := range d.months {
			if d.table == m.table && d.generation < newest.generation && p != m.partition {
				others[p] = true
			}
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(others), partition.Partition.Compare) {
		other := assemble(all, m.table, p)
		if numbers, _ := other.numbers(); numbers == mine && newest.generation > other.counted[len(other.counted)-1].generation {
			return fmt.Sprintf("all %d stories have the same views and reads as in %s (%s); %s", len(m.rows), p,
				named(other.counted), wrongMonth)
		}
	}
	return ""
}

// numbers returns each story's views and reads as text, and whether any story was viewed.
func (m tableMonth) numbers() (text string, viewed bool) {
	var b strings.Builder
	for _, r := range m.rows {
		views, _ := r.columns["views"].(int64)
		viewed = viewed || views > 0
		fmt.Fprintln(&b, r.postID, views, r.columns["reads"])
	}
	return b.String(), viewed
}

// maxNamed is how many files a reason names.
const maxNamed = 3

// named returns the names of files in order, the first ones if there are many.
func named(files []drop) string {
	var names []string
	for _, d := range files {
		names = append(names, d.object)
	}
	slices.Sort(names)
	if len(names) > maxNamed {
		names = append(names[:maxNamed:maxNamed], fmt.Sprintf("%d more", len(names)-maxNamed))
	}
	return english.WordSeries(names, "and")
}
