// Package oracle answers GoogleSQL queries with GoogleSQL's reference implementation, so that tests can compare
// DuckDB's answers with the right ones.
//
// The reference implementation is C++; Oracle.java calls it through the Java client of Maven Central
// (https://github.com/google/zetasql, GoogleSQL's former name). It needs Java 17 or newer with its compiler, and Maven
// (Debian, Ubuntu: sudo apt-get install default-jdk-headless maven). Maven downloads 110 MB once; a run takes
// some seconds, however many queries it answers.
//
// The default time zone is UTC, as in BigQuery. Queries cannot read tables: rows come from UNNEST([STRUCT(…)]).
package oracle

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Switch is the environment variable that must be set, to anything, for [Ask] to answer: it downloads, and takes a core for
// half a minute, which a plain `go test ./...` must not.
const Switch = "ORACLE"

// ErrUnavailable is returned where Switch is not set, where Java's compiler or Maven is missing, or where Maven cannot
// download the client.
var ErrUnavailable = errors.New("GoogleSQL's reference implementation is not available")

//go:embed pom.xml
var pom []byte

//go:embed Oracle.java
var program []byte

// Answer holds what a query returns. Either Error is set or Columns are.
type Answer struct {
	Columns []Column `json:"columns"`
	// Rows holds the values in the order of Columns: nil for NULL, a string for a scalar, []any for an array
	// or a struct.
	Rows  [][]any `json:"rows"`
	Error string  `json:"error"` // why the query failed while it ran
}

// Column describes a column by its name, empty if it has none, and its type in BigQuery's spelling.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Ask returns the answers to the queries, in their order. Dates holds the values of parameters, such as
// 2026-01-31, by name. Ask fails with an error for each query that is not valid.
func Ask(ctx context.Context, queries []string, dates map[string]string) (answers []Answer, err error) {
	if os.Getenv(Switch) == "" {
		return nil, fmt.Errorf("%w; fix: set %s=yes", ErrUnavailable, Switch)
	}
	dir, err := os.MkdirTemp("", "oracle-")
	if err != nil {
		return nil, fmt.Errorf("ask GoogleSQL's reference implementation: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "Oracle.java")
	err = errors.Join(os.WriteFile(file, program, 0o600), os.WriteFile(filepath.Join(dir, "pom.xml"), pom, 0o600))
	if err != nil {
		return nil, fmt.Errorf("ask GoogleSQL's reference implementation: %w", err)
	}
	classes, err := classPath(ctx, dir)
	if err != nil {
		return nil, err
	}
	var in bytes.Buffer
	for _, query := range queries {
		if err := json.NewEncoder(&in).Encode(query); err != nil {
			return nil, fmt.Errorf("ask GoogleSQL's reference implementation: %w", err)
		}
	}
	args := []string{"-cp", classes, file}
	for name, date := range dates {
		args = append(args, name+"="+date)
	}
	java := exec.CommandContext(ctx, "java", args...)
	var log bytes.Buffer
	java.Stdin, java.Stderr = &in, &log
	out, err := java.Output()
	if err != nil {
		return nil, fmt.Errorf("run Oracle.java: %w: %s", err, log.Bytes())
	}
	return read(out, queries)
}

// classPath returns the files of the client, which Maven downloads to its own folder if they are not there.
func classPath(ctx context.Context, dir string) (string, error) {
	for _, name := range []string{"javac", "mvn"} { // java alone cannot run a source file
		if _, err := exec.LookPath(name); err != nil {
			return "", fmt.Errorf("%w: %w; fix: install Java 17 and Maven", ErrUnavailable, err)
		}
	}
	file := filepath.Join(dir, "classpath")
	maven := exec.CommandContext(ctx, "mvn", "--quiet", "--batch-mode", "--file", filepath.Join(dir, "pom.xml"),
		"exec:exec", "-Dexec.executable=echo", "-Dexec.args=%classpath", "-Dexec.outputFile="+file)
	if out, err := maven.CombinedOutput(); err != nil {
		first, _, _ := strings.Cut(string(out), "\n")
		return "", fmt.Errorf("%w: mvn: %w: %s", ErrUnavailable, err, first)
	}
	classes, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("find GoogleSQL's reference implementation: %w", err)
	}
	return strings.TrimSpace(string(classes)), nil
}

// read returns the answers in the output, one a line.
func read(out []byte, queries []string) ([]Answer, error) {
	const longest = 16 << 20 // bytes of an answer; the longest of the tests has some kilobytes
	var answers []Answer
	var rejected []error
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, longest)
	for lines.Scan() {
		var line struct {
			Answer
			Rejected string `json:"rejected"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("read the answers of Oracle.java: %w", err)
		}
		if n := len(answers); line.Rejected != "" && n < len(queries) {
			rejected = append(rejected, fmt.Errorf("not a query of GoogleSQL: %s\n%s", line.Rejected, queries[n]))
		}
		answers = append(answers, line.Answer)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the answers of Oracle.java: %w", err)
	}
	if len(answers) != len(queries) {
		return nil, fmt.Errorf("read the answers of Oracle.java: %d answers to %d queries", len(answers), len(queries))
	}
	return answers, errors.Join(rejected...)
}
