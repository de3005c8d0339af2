package deployment

import (
	"context"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// ReadFacts reads how some partitions stand here, as the reporter reads it.
func (d *Deployment) ReadFacts(ctx context.Context, reporter *coordinator.Coordinator,
	partitions []partition.Partition) (*explain.Facts, error) {
	facts, err := reporter.ReadFacts(ctx, partitions)
	if err != nil {
		return nil, err
	}
	facts.Deployment, facts.Hint, facts.RequestsLoads = d.Name, d.Hint, !d.Local
	if d.Unavailable != nil {
		facts.Unavailable = func(s *pipeline.Source, table string, p partition.Partition) bool {
			return d.Unavailable(s, table, p, facts.Now)
		}
	}
	return facts, nil
}
