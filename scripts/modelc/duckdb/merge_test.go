package duckdb

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const mergeStatement = "MERGE INTO `mart.days` AS target\n" +
	"USING `raw`.`stories` AS source -- the staged rows\n" +
	`ON target.day = source.day AND target.post_id = source.post_id
WHEN MATCHED THEN
  UPDATE SET views = source.views + 0
WHEN NOT MATCHED BY TARGET THEN
  INSERT (day, post_id, views) VALUES (source.day, source.post_id, source.views)
WHEN NOT MATCHED BY SOURCE AND target.day >= DATE '2026-01-02' AND target.day < DATE '2026-01-03' THEN
  DELETE`

// A MERGE makes the partition equal to its source by changing, inserting and deleting rows, and does not
// touch other days.
func TestMergeMakesThePartitionEqualToItsSource(t *testing.T) {
	const want = `MERGE INTO mart.days AS target
USING raw.stories AS source -- the staged rows
ON target.day = source.day AND target.post_id = source.post_id
WHEN MATCHED THEN
  UPDATE SET views = source.views + 0
WHEN NOT MATCHED BY TARGET THEN
  INSERT (day, post_id, views) VALUES (source.day, source.post_id, source.views)
WHEN NOT MATCHED BY SOURCE AND target.day >= DATE '2026-01-02' AND target.day < DATE '2026-01-03' THEN
  DELETE`
	got, err := testRewriter(t)(mergeStatement)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	conn := open(t)
	for _, sql := range []string{
		"CREATE SCHEMA raw; CREATE SCHEMA mart",
		"CREATE TABLE mart.days (day DATE, post_id VARCHAR, views BIGINT)",
		"CREATE TABLE raw.stories (day DATE, post_id VARCHAR, views BIGINT)",
		"INSERT INTO mart.days VALUES ('2026-01-01', 'a', 1), ('2026-01-02', 'a', 2), ('2026-01-02', 'gone', 3)",
		"INSERT INTO raw.stories VALUES ('2026-01-02', 'a', 20), ('2026-01-02', 'new', 30)",
		got,
	} {
		if _, err := conn.ExecContext(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	const rows = "day DATE | post_id STRING | views INT64\n" +
		"2026-01-01 | \"a\" | 1\n2026-01-02 | \"a\" | 20\n2026-01-02 | \"new\" | 30"
	after, err := run(t, conn, "SELECT * FROM mart.days", false)
	if diff := cmp.Diff(rows, after); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}
