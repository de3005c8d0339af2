package drops

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

// The three kinds of file. The first two hold rows of the same table, which has a column for the kind.
const (
	storyStats = "story_stats"
	graphQL    = "graphql"
	earnings   = "earnings"
)

const downloadAgain = "download the file from Medium again, signed in, and drop it again"

// file describes a dropped file, apart from its content.
type file struct {
	object     string
	generation int64
	created    time.Time // when it was dropped
	month      string    // from its metadata; may be empty
}

// drop is a decoded file. Each of its rows fits its table's schema.
type drop struct {
	file
	folder string // the <name> in drops/<name>/
	table  string
	shape  string
	months map[partition.Partition][]row
	paged  bool     // whether the file says that another page follows
	users  []string // ids of the users whose stories it holds, each once; none if it has none
}

// row is one row of a table, with its story.
type row struct {
	postID  string
	columns schema.Row
}

// decode decodes a dropped file. Every error is a *source.Error: the file is at fault and can never be loaded.
func decode(f file, data []byte) (drop, error) {
	d := drop{file: f, folder: folderOf(f.object), months: map[partition.Partition][]row{}}
	e, err := open(data)
	if err != nil {
		return d, err
	}
	var rows []monthRow
	var users []string
	switch {
	case e.Payload != nil && e.Payload.PostAmounts != nil:
		d.table, d.shape, users = earningsTable, earnings, []string{e.Payload.UserID}
		rows, err = earningsRows(*e.Payload.PostAmounts)
	case e.Payload != nil && e.Payload.Value != nil:
		d.table, d.shape, d.paged = storiesTable, storyStats, isSet(e.Payload.Paging.Next)
		for _, p := range *e.Payload.Value {
			users = append(users, p.CreatorID)
		}
		rows, err = statsRows(*e.Payload.Value)
	case e.Data != nil && e.Data.User != nil && e.Data.User.Posts != nil:
		d.table, d.shape, d.paged = storiesTable, graphQL, e.Data.User.Posts.PageInfo.HasNextPage
		users = []string{e.Data.User.ID}
		rows, err = graphQLRows(e.Data.User.Posts.Edges)
	default:
		return d, source.Errorf(
			"drop a file of the stats page, of the earnings page, or an answer of Medium's GraphQL interface with a user's posts",
			"the file is JSON, but of none of the three known kinds")
	}
	if err == nil && len(rows) == 0 {
		err = source.Errorf(downloadAgain, "the file holds no story")
	}
	if err != nil {
		return d, err
	}
	slices.Sort(users)
	d.users = slices.DeleteFunc(slices.Compact(users), func(id string) bool { return id == "" })
	return d, d.add(rows)
}

// monthRow is a row and its month, if the file itself names it. A zero month means that it does not.
type monthRow struct {
	row
	month partition.Partition
}

// add checks the rows and groups them by month.
func (d *drop) add(rows []monthRow) error {
	type key struct {
		month  partition.Partition
		postID string
	}
	seen := map[key]bool{}
	var line []byte
	for i, r := range rows {
		if r.month.IsZero() {
			month, err := monthOf(d.object, d.file.month)
			if err != nil {
				return err
			}
			r.month = month
		}
		if !r.month.InRange() {
			return source.Errorf(downloadAgain, "row %d: month %s: %w", i+1, r.month, partition.ErrRange)
		}
		if r.month.Start().After(d.created) {
			return source.Errorf(nameMonth, "the month %s had not begun when the file was dropped", r.month)
		}
		if r.postID == "" {
			return source.Errorf(downloadAgain, "row %d has no id of a story", i+1)
		}
		if seen[key{r.month, r.postID}] {
			return source.Errorf(downloadAgain, "row %d: story %s is in the file twice", i+1, r.postID)
		}
		seen[key{r.month, r.postID}] = true
		r.columns["month"], r.columns["post_id"], r.columns["object"] = r.month, r.postID, d.object
		if d.table == storiesTable {
			r.columns["shape"] = d.shape
		}
		var err error
		if line, err = schemas[d.table].Append(line[:0], r.columns); err != nil {
			return source.Errorf(downloadAgain, "row %d, story %s: %w", i+1, r.postID, err)
		}
		d.months[r.month] = append(d.months[r.month], r.row)
	}
	return nil
}

// open finds the JSON in a file and decodes it. Medium puts the guard ])}while(1);</x> before some of its answers.
func open(data []byte) (envelope, error) {
	notJSON := func(err error) error {
		return source.Errorf(downloadAgain, "the file is not JSON: %w", err)
	}
	start := bytes.IndexAny(data, "{[")
	if start < 0 {
		return envelope{}, notJSON(errors.New("it has neither { nor ["))
	}
	data = data[start:]
	var whole json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&whole); err != nil {
		return envelope{}, notJSON(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return envelope{}, notJSON(errors.New("something follows it"))
	}
	if data[0] == '[' { // a GraphQL answer is a list of one
		var list []json.RawMessage
		if err := json.Unmarshal(whole, &list); err != nil {
			return envelope{}, notJSON(err)
		}
		if len(list) != 1 {
			return envelope{}, source.Errorf("drop each answer as a separate file",
				"the file is a list of %d answers, not of one", len(list))
		}
		whole = list[0]
	}
	var e envelope
	if err := json.Unmarshal(whole, &e); err != nil {
		return envelope{}, source.Errorf(downloadAgain, "the file is JSON, but not as Medium writes it: %w", err)
	}
	if e.Success != nil && !*e.Success || isSet(e.Errors) {
		return envelope{}, source.Errorf(downloadAgain,
			"the file is an answer of Medium that reports a failure: %.200s", e.Error+string(e.Errors))
	}
	return e, nil
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

const nameMonth = "name the file or its folder after the month, as in drops/medium/2026-10/stories.json, or give the object the metadata " +
	"month=2026-10, and drop it again"

var (
	// days matches dates. A date is most likely the day of the download, which does not tell the month of the data.
	days = regexp.MustCompile(
		`(?:^|[^0-9])(20[0-9]{2}[-_.][01][0-9][-_.][0-3][0-9]|20[0-9]{2}[01][0-9][0-3][0-9])(?:[^0-9]|$)`)
	// months matches a year and a month with a separator between them, or six separate digits.
	months = regexp.MustCompile(
		`(?:^|[^0-9])(20[0-9]{2})[-_.](0[1-9]|1[0-2])(?:[^0-9]|$)|(?:^|[^0-9A-Za-z])(20[0-9]{2})(0[1-9]|1[0-2])(?:[^0-9A-Za-z]|$)`)
)

// monthOf returns the month that a file's metadata or name holds. The metadata takes precedence. A name with
// two months, or with only a date, holds none.
func monthOf(object, metadata string) (partition.Partition, error) {
	if metadata != "" {
		p, err := partition.Parse(strings.TrimSpace(metadata))
		if err != nil || p.Grain() != partition.Monthly {
			return p, source.Errorf(nameMonth, "the object's metadata month is %.40q, which is not a month like 2026-10",
				metadata)
		}
		return p, nil
	}
	var found partition.Partition
	for _, m := range findAll(months, blank(days, strings.TrimPrefix(object, prefix))) {
		p := partition.MustParse(m[1] + m[3] + "-" + m[2] + m[4]) // the expression only matches months
		if !found.IsZero() && p != found {
			return p, source.Errorf(nameMonth, "the name holds two months, %s and %s", found, p)
		}
		found = p
	}
	if found.IsZero() {
		return found, source.Errorf(nameMonth, "neither the file nor its name nor its metadata holds its month")
	}
	return found, nil
}

// findAll returns every match of re, including those that share the character between them.
func findAll(re *regexp.Regexp, s string) (all [][]string) {
	for {
		at := re.FindStringSubmatchIndex(s)
		if at == nil {
			return all
		}
		all = append(all, re.FindStringSubmatch(s))
		s = s[max(at[1]-1, at[0]+1):]
	}
}

// blank returns s without every first group of re.
func blank(re *regexp.Regexp, s string) string {
	for {
		at := re.FindStringSubmatchIndex(s)
		if at == nil {
			return s
		}
		s = s[:at[2]] + "day" + s[at[3]:]
	}
}
