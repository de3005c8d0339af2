package bigquery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// Rows keeps the promise of warehouse.Driver. After about a day the rows are gone, which is ErrNotFound.
func (d *Driver) Rows(ctx context.Context, id string, limit int) ([]map[string]any, error) {
	rows, token := []map[string]any{}, ""
	for {
		page, err := d.page(ctx, id, token, limit-len(rows))
		if err != nil {
			return nil, fmt.Errorf("rows of job %s: %w", id, err)
		}
		for _, row := range page.Rows[:min(len(page.Rows), limit-len(rows))] {
			values, err := decode(row, page.Schema)
			if err != nil {
				return nil, fmt.Errorf("rows of job %s: %w", id, err)
			}
			rows = append(rows, values)
		}
		if token = page.PageToken; token == "" || len(rows) >= limit || len(page.Rows) == 0 {
			return rows, nil
		}
	}
}

func (d *Driver) page(ctx context.Context, id, token string, n int) (*bq.GetQueryResultsResponse, error) {
	page, err := call(ctx, d, func() (*bq.GetQueryResultsResponse, error) {
		ask := d.service.Jobs.GetQueryResults(d.project, id).Location(d.location).MaxResults(int64(n)).
			FormatOptionsUseInt64Timestamp(true).Context(ctx)
		if token != "" {
			ask.PageToken(token)
		}
		return ask.Do()
	})
	switch {
	case answered(err, http.StatusNotFound):
		return nil, fmt.Errorf("%w: %w", warehouse.ErrNotFound, err)
	case err != nil:
		return nil, err
	case !page.JobComplete:
		return nil, errors.New("it is still under way")
	case page.Schema == nil || len(page.Schema.Fields) == 0:
		return nil, errors.New("it is no SELECT")
	}
	return page, nil
}

// decode reads a row: cells in the order of the columns, each null or text.
func decode(row *bq.TableRow, s *bq.TableSchema) (map[string]any, error) {
	if len(row.F) != len(s.Fields) {
		return nil, fmt.Errorf("a row has %d cells for %d columns", len(row.F), len(s.Fields))
	}
	values := make(map[string]any, len(row.F))
	for i, f := range fields(s) {
		var err error
		switch cell := row.F[i].V.(type) {
		case nil:
			values[f.Name] = nil
		case string:
			values[f.Name], err = value(cell, f.Type)
		default:
			err = fmt.Errorf("a %s %s cannot be read; convert it to text in the query", f.Mode, f.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.Name, err)
		}
	}
	return values, nil
}

func value(text string, t schema.Type) (any, error) {
	switch t {
	case schema.Int64:
		return strconv.ParseInt(text, 10, 64)
	case schema.Float64:
		return strconv.ParseFloat(text, 64)
	case schema.Bool:
		return strconv.ParseBool(text)
	case schema.Date:
		return time.Parse(time.DateOnly, text)
	case schema.Timestamp: // microseconds, as formatOptions.useInt64Timestamp asks for
		us, err := strconv.ParseInt(text, 10, 64)
		return time.UnixMicro(us).UTC(), err
	}
	return text, nil
}
