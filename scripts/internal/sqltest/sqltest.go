// Package sqltest reads query results in tests.
package sqltest

import "database/sql"

// Values returns all rows of a result, each with its values in the order of the columns. It does not close
// the result.
func Values(result *sql.Rows) (rows [][]any, err error) {
	columns, err := result.Columns()
	if err != nil {
		return nil, err
	}
	for result.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := result.Scan(targets...); err != nil {
			return nil, err
		}
		rows = append(rows, values)
	}
	return rows, result.Err()
}
