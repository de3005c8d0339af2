package viewaudit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/internal/diag"
)

// files writes files to a folder and reads them, without the folder's name in the results.
func files(t *testing.T, texts map[string]string) (got []string, findings string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	views, list, err := readDefinitions([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		got = append(got, strings.Join(strings.Fields(strings.TrimPrefix(v.Name, noDataset+".")+": "+v.SQL), " "))
	}
	return got, strings.ReplaceAll(list.Error(), dir+string(filepath.Separator), "")
}

func TestViewsAreFoundInFilesOfManyForms(t *testing.T) {
	for name, c := range map[string]struct {
		files    map[string]string
		want     []string
		findings string
	}{
		"several statements, with semicolons in strings and comments": {
			map[string]string{"a.sql": "/* ; */ CREATE VIEW d.a AS SELECT ';' AS s; -- ;\nCREATE OR REPLACE VIEW `p.d.b` AS (SELECT 2 AS n)\n;;\n"},
			[]string{"d.a: SELECT ';' AS s", "d.b: (SELECT 2 AS n)"}, "",
		},
		"a bare query is named after its file": {
			map[string]string{"dir/daily.sql": "SELECT 1 AS one", "d.weekly.sql": "WITH a AS (SELECT 1 AS x) SELECT x FROM a;"},
			[]string{"d.weekly: WITH a AS (SELECT 1 AS x) SELECT x FROM a", "daily: SELECT 1 AS one"}, "",
		},
		"materialized, temporary, Windows line ends and a byte order mark": {
			map[string]string{"a.sql": "\ufeffCREATE MATERIALIZED VIEW d.m\r\nAS SELECT 1 AS n;\r\nCREATE VIEW IF NOT EXISTS d.i AS SELECT 2 AS n"},
			[]string{"d.m: SELECT 1 AS n", "d.i: SELECT 2 AS n"}, "",
		},
		"an array of rows": {
			map[string]string{"a.json": `[{"table_schema":"d","table_name":"a","view_definition":"SELECT 1 AS n","use_standard_sql":"YES"},
				{"table_schema":"d","table_name":"t","table_type":"BASE TABLE","ddl":"CREATE TABLE d.t (a INT64)"}]`},
			[]string{"d.a: SELECT 1 AS n"}, "",
		},
		"a row a line, and whole statements": {
			map[string]string{"a.json": "{\"table_schema\":\"d\",\"table_name\":\"a\",\"ddl\":\"CREATE VIEW `p.d.a`\\nAS SELECT 1 AS n;\"}\n" +
				"{\"table_schema\":\"d\",\"table_name\":\"b\",\"view_definition\":\"SELECT 2 AS n\"}\n"},
			[]string{"d.a: SELECT 1 AS n", "d.b: SELECT 2 AS n"}, "",
		},
		"what is no view, or not to be read, by line and column": {
			map[string]string{"a.sql": "CREATE VIEW d.a AS\nSELECT FROM x;\n\n  INSERT INTO d.t VALUES (1);\nSELECT 1 AS n", "b.sql": "-- nothing\n"},
			nil,
			"a.sql:2:8: Syntax error: SELECT list must not be empty\n" +
				"a.sql:4:3: ignored: this is not a CREATE VIEW or CREATE TABLE AS\n" +
				"a.sql:5:1: ignored: the query has no name; write CREATE VIEW before it, or put it into its own file\n" +
				"b.sql:1:1: the file has no statement",
		},
		"a script tells each fault once": {
			map[string]string{"a.sql": "SET x = 1;\nSELECT 1 AS n;\nCREATE VIEW d.a AS SELECT 1 AS n;\nDROP TABLE d.t;\nDROP TABLE d.u;\n" +
				"CREATE OR REPLACE TABLE `p.d.t` PARTITION BY day CLUSTER BY n OPTIONS (description = 'x') AS (SELECT day, 2 AS n FROM x.y);\n" +
				"CREATE TABLE d.u (n INT64)"},
			[]string{"d.a: SELECT 1 AS n", "d.t: (SELECT day, 2 AS n FROM x.y)"},
			"a.sql:1:1: ignored: this is not a CREATE VIEW or CREATE TABLE AS (and so are 3 more statements of this file)\n" +
				"a.sql:2:1: ignored: the query has no name; write CREATE VIEW before it, or put it into its own file",
		},
		"JSON lines and CSV": {
			map[string]string{
				"a.jsonl": "{\"table_schema\":\"d\",\"table_name\":\"a\",\"view_definition\":\"SELECT 1 AS n\"}\n",
				"b.csv":   "table_schema,table_name,ddl\nd,b,\"CREATE VIEW `p.d.b`\nAS SELECT \"\"x\"\" AS s, 2 AS n;\"\n",
				"c.csv":   "table_schema,table_name\nd\n",
			},
			[]string{"d.a: SELECT 1 AS n", `d.b: SELECT "x" AS s, 2 AS n`}, "c.csv:1:1: the file is not CSV of rows: record on line 2: wrong number of fields",
		},
		"broken JSON, after a sound row": {
			map[string]string{"a.json": "[{\"table_schema\":\"d\",\"table_name\":\"a\",\"view_definition\":\"SELECT 1 AS n\"},\n{\"table_schema\" \"d\"}]"},
			[]string{"d.a: SELECT 1 AS n"}, "a.json:2:16: the file is not JSON of rows: invalid character '\"' after object key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, findings := files(t, c.files)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("views (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.findings, findings); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDescriptionsAndColumnsComeFromTheStatement(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.sql")
	text := "CREATE VIEW d.a (day OPTIONS (description = 'The day.'), n)\nOPTIONS (friendly_name = 'A', description = \"\"\"One row\nper day.\"\"\")\nAS SELECT 1, 2"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	views, _, err := readDefinitions([]string{file})
	if err != nil || len(views) != 1 {
		t.Fatal(views, err)
	}
	v := views[0]
	if diff := cmp.Diff([]ListedColumn{{"day", "The day."}, {"n", ""}}, v.Listed); diff != "" || v.Description != "One row\nper day." {
		t.Errorf("%q\n%s", v.Description, diff)
	}
	if at := v.At(strings.Index(v.SQL, "2")); at != (diag.Pos{Line: 4, Col: 14}) {
		t.Errorf("place %v", at)
	}
}

func TestColumnsOfTablesAreReadInTheirOrder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "columns.json")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"table_schema":"d","table_name":"t","column_name":"n","ordinal_position":"2","is_nullable":"YES","data_type":"NUMERIC(10, 2)"}
		{"table_schema":"d","table_name":"t","column_name":"day","ordinal_position":1,"is_nullable":"NO","data_type":"DATE","is_partitioning_column":"YES"}
		{"table_schema":"d","table_name":"t","column_name":"_PARTITIONTIME","ordinal_position":null,"data_type":"TIMESTAMP","is_hidden":"YES"}`)
	tables, err := readTables(file)
	if err != nil || len(tables) != 1 {
		t.Fatal(tables, err)
	}
	got := tables[0].Name + " by " + tables[0].PartitionBy
	for _, c := range tables[0].Columns {
		got += ", " + c.Name + " " + c.Type
	}
	if want := "d.t by day, day DATE, n NUMERIC"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	write(`[{"name": "day", "type": "DATE"}]`)
	if _, err := readTables(file); err == nil || !strings.Contains(err.Error(), "row 1 is not a row of INFORMATION_SCHEMA.COLUMNS") {
		t.Errorf("another format: %v", err)
	}
}

func TestAPathIsAProjectAndAName(t *testing.T) {
	for _, c := range []struct {
		path          []string
		project, name string
	}{
		{[]string{"p", "d", "t"}, "p", "d.t"}, {[]string{"p.d.t"}, "p", "d.t"}, {[]string{"p-1.d", "t"}, "p-1", "d.t"},
		{[]string{"example.com:p", "d", "t"}, "example.com:p", "d.t"}, {[]string{"d", "t"}, "", "d.t"}, {[]string{"t"}, "", "own.t"},
	} {
		if project, name := splitPath(c.path, "own"); project != c.project || name != c.name {
			t.Errorf("%v is %s and %s, want %s and %s", c.path, project, name, c.project, c.name)
		}
	}
}
