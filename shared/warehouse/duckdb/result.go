package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
	"time"

	engine "github.com/duckdb/duckdb-go/v2"

	"example.com/rollcall/shared/schema"
)

// maxRows bounds the rows of a SELECT without a destination: they are held in memory and recorded with the job.
const maxRows = 10_000

// result holds the rows of a SELECT as they are recorded: every value as text, or null, and the columns' types.
type result struct {
	Columns []column    `json:"columns"`
	Rows    [][]*string `json:"rows"`
}

type column struct {
	Name string      `json:"name"`
	Type schema.Type `json:"type"`
}

// Rows implements warehouse.Driver, for every recorded job.
func (d *Driver) Rows(ctx context.Context, id string, limit int) ([]map[string]any, error) {
	var text sql.NullString
	err := d.db.QueryRowContext(ctx, "SELECT result::VARCHAR FROM rollcall.jobs WHERE id = $1", id).Scan(&text)
	if err == nil && !text.Valid {
		err = errors.New("the job is not a successful SELECT without a destination")
	}
	var res result
	if err == nil {
		err = json.Unmarshal([]byte(text.String), &res)
	}
	if err != nil {
		return nil, fmt.Errorf("rows of job %s: %w", id, notFound(err))
	}
	return res.maps(limit)
}

// Query runs a SELECT immediately, not as a job: to show the content of the file. Parameters are by name, as in
// $name. It returns at most limit rows, with values as in Rows.
func (d *Driver) Query(ctx context.Context, text string, params map[string]any, limit int) ([]map[string]any, error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	res, err := read(ctx, conn, fmt.Sprintf("SELECT * FROM (\n%s\n) LIMIT %d", text, limit), params, limit)
	if err != nil {
		return nil, err
	}
	return res.maps(limit)
}

// read runs a SELECT. It fails if there are more than limit rows.
func read(ctx context.Context, conn *sql.Conn, text string, params map[string]any, limit int) (res *result, err error) {
	text = "SELECT * FROM (\n" + text + "\n)"
	var casts []string
	use := func(s *engine.Stmt, args []driver.NamedValue) error {
		casts = nil
		res = &result{Rows: [][]*string{}}
		rows, err := s.QueryContext(ctx, args)
		if err != nil {
			return err
		}
		defer rows.Close()
		kinds := rows.(driver.RowsColumnTypeDatabaseTypeName)
		for i, name := range rows.Columns() {
			kind := kinds.ColumnTypeDatabaseTypeName(i)
			if kind == "JSON" {
				casts = append(casts, fmt.Sprintf("CAST(%s AS VARCHAR) AS %[1]s", quote(name)))
			}
			t, err := SchemaType(kind)
			if err != nil {
				return invalid("column %s: %v", name, err)
			}
			res.Columns = append(res.Columns, column{name, t})
		}
		if len(casts) > 0 {
			return nil // DuckDB's driver decodes JSON, so the query runs again with text instead
		}
		return res.fill(rows, limit)
	}
	if err = prepare(ctx, conn, text, params, use); err != nil || len(casts) == 0 {
		return res, err
	}
	columns := res.Columns
	text = strings.Replace(text, "*", "* REPLACE ("+strings.Join(casts, ", ")+")", 1)
	if err = prepare(ctx, conn, text, params, use); err != nil {
		return nil, err
	}
	res.Columns = columns
	return res, nil
}

func (res *result) fill(rows driver.Rows, limit int) error {
	values := make([]driver.Value, len(res.Columns))
	for {
		if err := rows.Next(values); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if len(res.Rows) == limit {
			return refusal{"responseTooLarge", fmt.Sprintf("the query returns more than %d rows; fix: set a destination", limit)}
		}
		line := make([]*string, len(values))
		for i, v := range values {
			if v == nil {
				continue
			}
			text, err := encode(v, res.Columns[i].Type)
			if err != nil {
				return invalid("column %s: %v", res.Columns[i].Name, err)
			}
			line[i] = &text
		}
		res.Rows = append(res.Rows, line)
	}
}

// SchemaType returns the column type for the name of a DuckDB type.
func SchemaType(kind string) (schema.Type, error) {
	switch kind {
	case "VARCHAR", "ENUM", `"NULL"`, "NULL", "SQLNULL":
		return schema.String, nil
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT":
		return schema.Int64, nil
	case "FLOAT", "DOUBLE":
		return schema.Float64, nil
	case "BOOLEAN":
		return schema.Bool, nil
	case "DATE":
		return schema.Date, nil
	case "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE":
		return schema.Timestamp, nil
	case "JSON":
		return schema.JSON, nil
	}
	if strings.HasPrefix(kind, "DECIMAL") {
		return schema.Numeric, nil
	}
	return "", fmt.Errorf("values of type %s cannot be read; fix: cast to text in the query", kind)
}

func encode(value any, t schema.Type) (string, error) {
	switch v := value.(type) {
	case *big.Int:
		if !v.IsInt64() {
			return "", fmt.Errorf("%s is not an INT64", v)
		}
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), nil
	case float32:
		return fmt.Sprint(float64(v)), nil
	case string, bool, float64, engine.Decimal, int8, int16, int32, int64, uint8, uint16, uint32, uint64:
	default:
		return "", fmt.Errorf("a %s cannot hold a %T", t, value)
	}
	return fmt.Sprint(value), nil
}

func decode(text string, t schema.Type) (any, error) {
	switch t {
	case schema.Int64:
		return strconv.ParseInt(text, 10, 64)
	case schema.Float64:
		return strconv.ParseFloat(text, 64)
	case schema.Bool:
		return strconv.ParseBool(text)
	case schema.Date, schema.Timestamp:
		return time.Parse(time.RFC3339Nano, text)
	}
	return text, nil
}

func (res *result) maps(limit int) ([]map[string]any, error) {
	rows := res.Rows[:min(limit, len(res.Rows))]
	list := make([]map[string]any, len(rows))
	for i, row := range rows {
		list[i] = make(map[string]any, len(row))
		for j, text := range row {
			c := res.Columns[j]
			if text == nil {
				list[i][c.Name] = nil
				continue
			}
			v, err := decode(*text, c.Type)
			if err != nil {
				return nil, fmt.Errorf("column %s: %w", c.Name, err)
			}
			list[i][c.Name] = v
		}
	}
	return list, nil
}
