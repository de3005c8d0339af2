package local

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/localcloud"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// maxNamed is how many lost tables are named.
const maxNamed = 5

// maxTables bounds the tables that are listed of the warehouse.
const maxTables = 10_000

// checkTables fails if the warehouse has lost a table of which the ledger knows rows. Nothing would make the table again:
// by the ledger, all that it should hold is up to date.
func (m *Machine) checkTables(ctx context.Context) error {
	rows, err := m.Warehouse.Query(ctx,
		`SELECT table_schema || '.' || table_name AS name FROM information_schema.tables`, nil, maxTables)
	if err != nil {
		return err
	}
	exists := map[string]bool{}
	for _, row := range rows {
		name, _ := row["name"].(string)
		exists[name] = true
	}
	if m.hasAllTables(exists) {
		return nil
	}
	newest := partition.NewestComplete(partition.Daily, m.now())
	start := m.Pipeline.StartDay()
	list := slices.AppendSeq(slices.Collect(partition.Range(start.Month(), newest.Month())), partition.Range(start, newest))
	v := &ledger.View{}
	if err := m.Ledger.List(ctx, v, list); err != nil {
		return err
	}
	var lost []string
	for _, p := range list {
		for _, table := range v.Tables(p) {
			if !exists[table] && !slices.Contains(lost, table) {
				lost = append(lost, table)
			}
		}
	}
	if lost == nil {
		return nil
	}
	slices.Sort(lost)
	if n := len(lost) - maxNamed; n > 0 {
		lost = append(lost[:maxNamed], fmt.Sprintf("%d more tables", n))
	}
	d, err := m.Deployment()
	if err != nil {
		return err
	}
	return fmt.Errorf("%s has lost %s, which by the ledger were made and are up to date; fix: put the file back, or move %s "+
		"away and have everything loaded and made again: %s", m.Dir.Warehouse(), term.List(lost),
		filepath.Join(m.Dir.Objects(), localcloud.Ledger), d.Command("backfill", "--from", start.String()))
}

// hasAllTables reports whether every table of the sources and models exists, so that none can be lost.
func (m *Machine) hasAllTables(exists map[string]bool) bool {
	for _, s := range m.Pipeline.SortedSources() {
		for _, table := range s.SortedTables() {
			if !exists[table] {
				return false
			}
		}
	}
	return !slices.ContainsFunc(m.Manifest.Models, func(model *manifest.Model) bool { return !exists[model.TableName()] })
}
