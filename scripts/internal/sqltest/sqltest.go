// Package sqltest reads the results of queries, for tests.
package sqltest

import "database/sql"

// Values are all rows of a result, each with its values in the order of the columns. It does not close the result.
func Values(result *sql.Rows) (rows [][]any, err error) {
	columns, err := result.Columns()
	if err != nil {
		return nil, err
	}
	for result.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := result.Scan(into...); err != nil {
			return nil, err
		}
		rows = append(rows, values)
	}
	return rows, result.Err()
}
