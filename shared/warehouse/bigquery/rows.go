package bigquery

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/warehouse"
)

// Rows keeps the promise of warehouse.Driver. After about a day the rows are gone, which is ErrNotFound.
func (d *Driver) Rows(ctx context.Context, id string, limit int) ([]map[string]any, error) {
	rows, err := d.read(ctx, id, limit)
	if answered(err, http.StatusNotFound) {
		err = fmt.Errorf("%w: %w", warehouse.ErrNotFound, err)
	}
	if err != nil {
		return nil, fmt.Errorf("rows of job %s: %w", id, err)
	}
	return rows, nil
}

func (d *Driver) read(ctx context.Context, id string, limit int) ([]map[string]any, error) {
	job, err := d.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !job.LastStatus().Done() {
		return nil, errors.New("it is still under way")
	}
	return call(ctx, d, func(ctx context.Context) ([]map[string]any, error) {
		it, err := job.Read(ctx)
		if err != nil {
			return nil, err
		}
		if len(it.Schema) == 0 {
			return nil, errors.New("it is no SELECT")
		}
		it.PageInfo().MaxSize = limit
		rows := []map[string]any{}
		for len(rows) < limit {
			var values []bigquery.Value
			err := it.Next(&values)
			if errors.Is(err, iterator.Done) {
				break
			}
			if err != nil {
				return nil, err
			}
			row, err := decode(values, it.Schema)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
		return rows, nil
	})
}

// decode reads a row, whose values stand in the order of the columns.
func decode(values []bigquery.Value, s bigquery.Schema) (map[string]any, error) {
	row := make(map[string]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case nil, string, int64, float64, bool:
			row[s[i].Name] = v
		case civil.Date:
			row[s[i].Name] = v.In(time.UTC)
		case time.Time:
			row[s[i].Name] = v.UTC()
		case *big.Rat:
			row[s[i].Name] = numeric(v)
		default:
			return nil, fmt.Errorf("column %s: a %s cannot be read; convert it to text in the query", s[i].Name, s[i].Type)
		}
	}
	return row, nil
}

// numeric is a NUMERIC as BigQuery writes it: as many decimals as it has, nine at most.
func numeric(r *big.Rat) string {
	text := bigquery.NumericString(r)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
