package sheets

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// columns are the header's names that are read.
var columns = []string{"post_id", "boosted", "boosted_on", "note"}

// boost is one row of the sheet.
type boost struct {
	postID    string
	boosted   bool
	boostedOn partition.Partition // zero: not written down
	note      string
}

// grid finds a cell's name: values come without saying where they stand.
type grid struct {
	tab         string // with its "!", or empty
	column, row int    // of the first value, from 1
}

var corner = regexp.MustCompile(`^(.*!)?\$?([A-Z]{1,3})\$?([0-9]{1,7})`)

// gridOf reads the range that Google says its values are of, "Sheet1!A1:D1000".
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
		g.row, _ = strconv.Atoi(m[3]) // seven digits fit
	}
	return g
}

// cell is the A1 notation of the value in a row and column counted from 0.
func (g grid) cell(row, column int) string {
	name := ""
	for n := g.column + column; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return fmt.Sprintf("%s%s%d", g.tab, name, g.row+row)
}

// decode reads the values of a range. A fault is the sheet's, and names the cell and what a person is to write there.
func decode(asked, told string, values [][]any) ([]boost, error) {
	if told == "" {
		told = asked
	}
	g := gridOf(told)
	if len(values) == 0 {
		return nil, source.Errorf(fmt.Sprintf("write %s into the first row, or name another range in SHEETS_RANGE", strings.Join(columns, ", ")),
			"range %s of the sheet is empty: it has no header", told)
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
			return nil, source.Errorf("leave one row for each story", "story %s stands twice in the sheet: in rows %d and %d",
				b.postID, g.row+first, g.row+i)
		}
		seen[b.postID] = i
		boosts = append(boosts, b)
	}
	return boosts, nil
}

// header finds the place of each column by its name.
func header(g grid, cells []any) (map[string]int, error) {
	at := map[string]int{}
	for i, v := range cells {
		name, _ := v.(string)
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns, name) {
			continue
		}
		if first, twice := at[name]; twice {
			return nil, source.Errorf("leave one of them", "the sheet's header has %s twice: in %s and %s", name, g.cell(0, first), g.cell(0, i))
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
		return nil, source.Errorf(fmt.Sprintf("write it into row %d, or name the range that has it in SHEETS_RANGE", g.row),
			"the sheet's header, row %d, has no column %s", g.row, strings.Join(missing, ", "))
	}
	return at, nil
}

func decodeRow(g grid, at map[string]int, i int, cells []any) (b boost, err error) {
	get := func(column string) (value any, cell string) {
		j := at[column]
		if j < len(cells) { // cells that are empty to the row's end are left out
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

// text is a cell's value as a person would write it, without space around it.
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

// filled reports whether a cell holds anything. An unticked checkbox is FALSE, and rows of them go on below the last story
// in a sheet that was made ready, so FALSE alone counts for nothing.
func filled(v any) bool { return v != false && text(v) != "" }

// readID reads a story's id. A number is an id that the sheet has mistaken for one, and its digits may be lost.
func readID(v any, cell string) (string, error) {
	if _, isNumber := v.(float64); isNumber {
		return "", source.Errorf("format the column as plain text and write the id again", "cell %s holds a number, where post_id is to be a text", cell)
	}
	id, _ := v.(string)
	id = strings.TrimSpace(id)
	if id == "" || strings.ContainsAny(id, " \t\r\n/") {
		return "", source.Errorf("write the story's id, the last part of its address, or clear the row",
			"cell %s holds %.40q, where post_id is to be Medium's id of a story", cell, text(v))
	}
	return id, nil
}

// readBool reads what people write for yes and no; an empty cell, like an unticked checkbox, is no.
func readBool(v any, cell string) (bool, error) {
	switch strings.ToLower(text(v)) {
	case "true", "yes", "1":
		return true, nil
	case "false", "no", "0", "":
		return false, nil
	}
	return false, source.Errorf("write TRUE or FALSE", "cell %s holds %.40q, where boosted is to be TRUE or FALSE", cell, text(v))
}

// readDate reads a day; an empty cell is none.
func readDate(v any, cell string) (partition.Partition, error) {
	written := text(v)
	if written == "" {
		return partition.Partition{}, nil
	}
	day, err := partition.Parse(written)
	if _, isText := v.(string); err != nil || !isText || day.Grain() != partition.Daily {
		return partition.Partition{}, source.Errorf("write the day as 2026-01-05 (Format, Number, Custom date: yyyy-mm-dd)",
			"cell %s holds %.40q, where boosted_on is to be a day like 2026-01-05", cell, written)
	}
	return day, nil
}
