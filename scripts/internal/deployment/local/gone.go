package local

import "context"

// noticeGone records what the warehouse has lost, if a table of a source or a model is missing, or was when that was
// recorded last.
func (m *Machine) noticeGone(ctx context.Context) error {
	exists := map[string]bool{}
	for _, dataset := range []string{"raw", "mart"} {
		tables, err := m.Warehouse.Tables(ctx, dataset)
		if err != nil {
			return err
		}
		for name := range tables {
			exists[dataset+"."+name] = true
		}
	}
	complete := true
	for _, s := range m.Pipeline.SortedSources() {
		for _, table := range s.SortedTables() {
			complete = complete && exists[table]
		}
	}
	for _, model := range m.Manifest.Models {
		complete = complete && exists[model.TableName()]
	}
	if complete {
		last, err := m.Coordinator.ReadGone(ctx)
		if err != nil || last == nil || len(last.Tables) == 0 {
			return err
		}
	}
	_, err := m.Sweeper.NoticeGone(ctx, m.Pipeline.StartDay())
	return err
}
