// Package sheets loads the sheet that a person keeps, once a day: which stories were boosted, and since when.
//
// The sheet is a snapshot. Its first row is the header, which names the columns post_id, boosted, boosted_on
// and note in any order; other columns are ignored. A header without rows below it is valid. A value that could
// be misread is refused, and every error names the cell.
package sheets

import (
	"context"
	"embed"
	"fmt"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

const table = "sheets_boosts"

//go:embed schema/*.json
var schemas embed.FS

// New returns the source with these settings. The error names everything that is wrong with them.
func New(cfg Config) (*source.Source, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("sheets: %w", err)
	}
	return &source.Source{
		Name:    "sheets",
		Schemas: schema.MustReadAll(schemas),
		Extract: cfg.extract,
	}, nil
}

// extract reads the sheet once.
func (c Config) extract(ctx context.Context, req source.Request, out *source.Output) error {
	answer, err := c.read(ctx)
	if err != nil {
		return err
	}
	out.Account(map[string]string{"sheet_id": c.ID})
	boosts, err := decode(c.Range, answer.Range, answer.Values)
	if err != nil {
		return err
	}
	for _, b := range boosts {
		row := schema.Row{"post_id": b.postID, "boosted": b.boosted}
		if !b.boostedOn.IsZero() {
			row["boosted_on"] = b.boostedOn
		}
		if b.note != "" {
			row["note"] = b.note
		}
		if err := out.WriteSnapshot(table, row); err != nil {
			return err
		}
	}
	return nil
}
