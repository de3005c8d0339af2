package viewaudit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// format returns the format of a file, by its name: SQL, unless it is JSON or CSV.
func format(file string) string {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".json", ".jsonl":
		return "JSON"
	case ".csv":
		return "CSV"
	}
	return "SQL"
}

// rowFormat returns the format of a file of rows: JSON, unless it is CSV.
func rowFormat(file string) string {
	if format(file) == "CSV" {
		return "CSV"
	}
	return "JSON"
}

// decode reads the rows of a file in its format. On an error it also returns the rows before it.
func decode[T any](file, text string) ([]T, error) {
	if rowFormat(file) == "JSON" {
		return decodeJSON[T](text)
	}
	r := csv.NewReader(strings.NewReader(text))
	header, err := r.Read()
	if err != nil {
		return nil, err
	}
	var list []T
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		fields := map[string]string{}
		for i, name := range header {
			fields[name] = record[i]
		}
		data, err := json.Marshal(fields)
		if err != nil {
			return list, err
		}
		var v T
		if err := json.Unmarshal(data, &v); err != nil {
			return list, err
		}
		list = append(list, v)
	}
}

// decodeJSON reads an array of values, or one value after another.
func decodeJSON[T any](text string) ([]T, error) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	array := strings.HasPrefix(strings.TrimSpace(text), "[")
	if array {
		if _, err := dec.Token(); err != nil {
			return nil, err
		}
	}
	var list []T
	for dec.More() {
		var v T
		if err := dec.Decode(&v); err != nil {
			return list, err
		}
		list = append(list, v)
	}
	if array {
		if _, err := dec.Token(); err != nil {
			return list, fmt.Errorf("the array does not end: %w", err)
		}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return list, errors.New("the file continues after the end of the array")
	}
	return list, nil
}
