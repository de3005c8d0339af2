package sheets

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// columns names the columns to read.
var columns = []string{"post_id", "boosted", "boosted_on", "note"}

// boost is one row of the sheet.
type boost struct {
	postID    string
	boosted   bool
	boostedOn partition.Partition // zero: the cell is empty
	note      string
}

// grid names cells: values come without their position.
type grid struct {
	tab         string // ends with "!"; may be empty
	column, row int    // of the first value, from 1
}

var corner = regexp.MustCompile(`^(.*!)?\$?([A-Z]{1,3})(?:\$?([0-9]{1,7})|:)`)

// gridOf parses the range that an answer names, like "Sheet1!A1:D1000".
func gridOf(a1 string) grid {
	g := grid{column: 1, row: 1}
	if i := strings.LastIndexByte(a1, '!'); i >= 0 {
		g.tab = a1[:i+1]
	}
	if m := corner.FindStringSubmatch(a1); m != nil {
		g.column = 0
		for _, letter := range m[2] {
			g.column = 26*g.column + int(letter-'A') + 1
		}
		if m[3] != "" { // "A:D" begins with row 1
			g.row, _ = strconv.Atoi(m[3]) // seven digits fit
		}
	}
	return g
}

// cell returns the A1 notation of the value in a row and column, both counted from 0.
func (g grid) cell(row, column int) string {
	name := ""
	for n := g.column + column; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return fmt.Sprintf("%s%s%d", g.tab, name, g.row+row)
}

// decode reads the values of the requested range. Answered is the range that the answer names. An error names
// the cell, and its hint says what to write there.
func decode(requested, answered string, values [][]any) ([]boost, error) {
	answered = cmp.Or(answered, requested)
	g := gridOf(answered)
	if len(values) == 0 {
		return nil, source.Errorf(fmt.Sprintf("write %s into the first row, or set another range in SHEETS_RANGE",
			strings.Join(columns, ", ")),
			"range %s of the sheet is empty: it has no header", answered)
	}
	at, err := header(g, values[0])
	if err != nil {
		return nil, err
	}
	var boosts []boost
	seen := map[string]int{}
	for i, cells := range values {
		if i == 0 || !slices.ContainsFunc(cells, filled) {
			continue
		}
		b, err := decodeRow(g, at, i, cells)
		if err != nil {
			return nil, err
		}
		if first, twice := seen[b.postID]; twice {
			return nil, source.Errorf("keep one row for each story", "story %s is in the sheet twice: in rows %d and %d",
				b.postID, g.row+first, g.row+i)
		}
		seen[b.postID] = i
		boosts = append(boosts, b)
	}
	return boosts, nil
}

// header returns the position of each column.
func header(g grid, cells []any) (map[string]int, error) {
	at := map[string]int{}
	for i, v := range cells {
		name, _ := v.(string)
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns, name) {
			continue
		}
		if first, twice := at[name]; twice {
			return nil, source.Errorf("keep one of them", "the sheet's header has %s twice: in %s and %s", name,
				g.cell(0, first), g.cell(0, i))
		}
		at[name] = i
	}
	var missing []string
	for _, name := range columns {
		if _, ok := at[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, source.Errorf(fmt.Sprintf("write it into row %d, or set the range that has it in SHEETS_RANGE", g.row),
			"the sheet's header, row %d, has no column %s", g.row, strings.Join(missing, ", "))
	}
	return at, nil
}

func decodeRow(g grid, at map[string]int, i int, cells []any) (b boost, err error) {
	get := func(column string) (value any, cell string) {
		j := at[column]
		if j < len(cells) { // empty cells at the row's end are missing
			value = cells[j]
		}
		return value, g.cell(i, j)
	}
	if b.postID, err = readID(get("post_id")); err != nil {
		return b, err
	}
	if b.boosted, err = readBool(get("boosted")); err != nil {
		return b, err
	}
	if b.boostedOn, err = readDate(get("boosted_on")); err != nil {
		return b, err
	}
	note, _ := get("note")
	b.note = text(note)
	return b, nil
}

// text returns a cell's value as a person would write it, without surrounding space.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	}
	return ""
}

// filled reports whether a cell holds anything. FALSE counts as empty: it is an unticked checkbox, and a
// prepared sheet has rows of them below the last story.
func filled(v any) bool { return v != false && text(v) != "" }

// readID reads a story's id. It refuses a number: the sheet has converted the id, and digits may be lost.
func readID(v any, cell string) (string, error) {
	if _, isNumber := v.(float64); isNumber {
		return "", source.Errorf("format the column as plain text and write the id again",
			"cell %s holds a number, but post_id must be text", cell)
	}
	id, _ := v.(string)
	id = strings.TrimSpace(id)
	if id == "" || strings.ContainsAny(id, " \t\r\n/") {
		return "", source.Errorf("write the story's id, the last part of its address, or clear the row",
			"cell %s holds %.40q, but post_id must be Medium's id of a story", cell, text(v))
	}
	return id, nil
}

// readBool reads the usual words for yes and no. An empty cell is no.
func readBool(v any, cell string) (bool, error) {
	switch strings.ToLower(text(v)) {
	case "true", "yes", "1":
		return true, nil
	case "false", "no", "0", "":
		return false, nil
	}
	return false, source.Errorf("write TRUE or FALSE", "cell %s holds %.40q, but boosted must be TRUE or FALSE",
		cell, text(v))
}

// readDate reads a day. It returns the zero Partition for an empty cell.
func readDate(v any, cell string) (partition.Partition, error) {
	written := text(v)
	if written == "" {
		return partition.Partition{}, nil
	}
	day, err := partition.Parse(written)
	if _, isText := v.(string); err != nil || !isText || day.Grain() != partition.Daily {
		return partition.Partition{}, source.Errorf("write the day as 2026-01-05 (Format, Number, Custom date: yyyy-mm-dd)",
			"cell %s holds %.40q, but boosted_on must be a day like 2026-01-05", cell, written)
	}
	return day, nil
}
