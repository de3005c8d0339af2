// Package compile turns a project's models into their manifest: it reads the raw tables' schemas and the model files,
// type-checks each model against the tables and models it reads, and writes down what whoever runs them must know.
package compile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
)

// Where things stand in a project.
const (
	PipelineFile = "coordinator/pipeline.yaml"
	ModelFolder  = "coordinator/models"
	ManifestFile = ModelFolder + "/manifest.json"
)

// RawTables reads the pipeline's tables with their schema files, all their faults at once.
func RawTables(project fs.FS) ([]catalog.Table, error) {
	data, err := fs.ReadFile(project, PipelineFile)
	if err != nil {
		return nil, err
	}
	pipe, err := pipeline.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", PipelineFile, err)
	}
	var tables []catalog.Table
	var faults []error
	for _, source := range pipe.SortedSources() {
		for _, name := range source.SortedTables() {
			file := path.Join("functions", source.Name, "schema", strings.TrimPrefix(name, "raw.")+".json")
			columns, err := readSchema(project, file)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			tables = append(tables, catalog.Table{
				Name: name, Grain: source.Cadence, PartitionBy: columns[0].Name, Schema: columns,
			})
		}
	}
	return tables, errors.Join(faults...)
}

func readSchema(project fs.FS, file string) (schema.Schema, error) {
	data, err := fs.ReadFile(project, file)
	if err != nil {
		return nil, err
	}
	columns, err := schema.Parse(data)
	if err == nil {
		_, err = columns.PartitionColumn()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return columns, nil
}
