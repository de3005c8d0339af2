package drops

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

// The three kinds of file. The first two give rows of the same table, which names the kind.
const (
	storyStats = "story_stats"
	graphQL    = "graphql"
	earnings   = "earnings"
)

const downloadAgain = "download the file from Medium again, signed in, and drop it again"

// file is what is known of a dropped file besides its content.
type file struct {
	object     string
	generation int64
	created    time.Time // when it was dropped
	month      string    // of its metadata; may be empty
}

// drop is a dropped file, decoded: each of its rows has been checked against its table's schema.
type drop struct {
	file
	folder string // the <name> in drops/<name>/
	table  string
	shape  string
	months map[partition.Partition][]row
	paged  bool // the file says that another page follows it
}

// row is one row of a table, by the story that it is of.
type row struct {
	postID  string
	columns schema.Row
}

// decode reads a dropped file. Every error is a *source.Error: the file is at fault, and will never be read.
func decode(f file, data []byte) (drop, error) {
	d := drop{file: f, folder: folderOf(f.object), months: map[partition.Partition][]row{}}
	e, err := open(data)
	if err != nil {
		return d, err
	}
	var rows []monthRow
	switch {
	case e.Payload != nil && e.Payload.PostAmounts != nil:
		d.table, d.shape = earningsTable, earnings
		rows, err = earningsRows(*e.Payload.PostAmounts)
	case e.Payload != nil && e.Payload.Value != nil:
		d.table, d.shape, d.paged = storiesTable, storyStats, isSet(e.Payload.Paging.Next)
		rows, err = statsRows(*e.Payload.Value)
	case e.Data != nil && e.Data.User != nil && e.Data.User.Posts != nil:
		d.table, d.shape, d.paged = storiesTable, graphQL, e.Data.User.Posts.PageInfo.HasNextPage
		rows, err = graphQLRows(e.Data.User.Posts.Edges)
	default:
		return d, source.Errorf("drop a file of the stats page, of the earnings page, or an answer of Medium's GraphQL interface with a user's posts",
			"the file is JSON, but none of the three kinds that are known")
	}
	if err == nil && len(rows) == 0 {
		err = source.Errorf(downloadAgain, "the file tells of no story")
	}
	if err != nil {
		return d, err
	}
	return d, d.add(rows)
}

// monthRow is a row and the month that the file itself tells for it; zero: none.
type monthRow struct {
	row
	month partition.Partition
}

// add checks the rows and sorts them by month.
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
		if r.month.Start().After(d.created) {
			return source.Errorf(tellMonth, "the month %s had not begun when the file was dropped", r.month)
		}
		if r.postID == "" {
			return source.Errorf(downloadAgain, "row %d has no id of a story", i+1)
		}
		if seen[key{r.month, r.postID}] {
			return source.Errorf(downloadAgain, "row %d: story %s stands twice in the file", i+1, r.postID)
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

// open finds the JSON in a file and reads it. Medium puts a guard, ])}while(1);</x>, before some of its answers.
func open(data []byte) (envelope, error) {
	notJSON := func(err error) error {
		return source.Errorf(downloadAgain, "the file is not JSON: %w", err)
	}
	start := bytes.IndexAny(data, "{[")
	if start < 0 {
		return envelope{}, notJSON(errors.New("it has no { and no ["))
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
	if data[0] == '[' { // GraphQL answers come as a list of one
		var list []json.RawMessage
		if err := json.Unmarshal(whole, &list); err != nil {
			return envelope{}, notJSON(err)
		}
		if len(list) != 1 {
			return envelope{}, source.Errorf("drop each answer as a file of its own", "the file is a list of %d answers, not of one", len(list))
		}
		whole = list[0]
	}
	var e envelope
	if err := json.Unmarshal(whole, &e); err != nil {
		return envelope{}, source.Errorf(downloadAgain, "the file is JSON, but not as Medium writes it: %w", err)
	}
	if e.Success != nil && !*e.Success || isSet(e.Errors) {
		return envelope{}, source.Errorf(downloadAgain, "the file is an answer of Medium's that says it failed: %.200s", e.Error+string(e.Errors))
	}
	return e, nil
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }
