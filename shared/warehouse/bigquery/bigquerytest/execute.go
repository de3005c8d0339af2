package bigquerytest

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// changes finds the statements that change a table, and which: the first word, then the table's name.
var changes = regexp.MustCompile("(?is)^\\s*(MERGE|UPDATE|DELETE|INSERT)\\s+(?:INTO\\s+|FROM\\s+)?([\\w.`]+)")

// conflict is what a statement meets that changes a table while another does so. In BigQuery it may wait or fail; here it
// fails. Rows that are only added meet nobody. mu is held.
func (s *Server) conflict(config *bq.JobConfiguration) error {
	target := func(c *bq.JobConfiguration) string {
		if c.Query == nil {
			return ""
		}
		m := changes.FindStringSubmatch(c.Query.Query)
		if m == nil || strings.EqualFold(m[1], "INSERT") {
			return ""
		}
		return m[2]
	}
	table := target(config)
	if table == "" {
		return nil
	}
	for _, other := range s.jobs {
		select {
		case <-other.done:
		default:
			if target(other.config) == table {
				return fail(0, "invalidQuery", "Could not serialize access to table %s:%s due to concurrent update", s.Project, table)
			}
		}
	}
	return nil
}

// execute does a job, one after another.
func (s *Server) execute(j *job, conflict error) {
	if s.Begin != nil {
		s.Begin(j.id)
	}
	if conflict != nil {
		s.end(j, conflict)
		return
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	var err error
	switch {
	case j.config.Load != nil:
		err = s.load(j, j.config.Load)
	case j.config.Copy != nil:
		err = s.copy(j, j.config.Copy)
	default:
		err = s.query(j, j.config.Query)
	}
	s.end(j, err)
}

// run does a job on the rows.
func (s *Server) run(w warehouse.Job) (warehouse.Status, error) {
	status, err := warehouse.Run(s.ctx, s.rows, w)
	var failed *warehouse.JobError
	if errors.As(err, &failed) {
		err = fail(http.StatusBadRequest, failed.Reason, "%s", failed.Message)
		if failed.Reason == "notFound" {
			err.(*refusal).status = http.StatusNotFound
		}
	}
	return status, err
}

// existing is a table, which has to have the partition when there is one.
func (s *Server) existing(ref *bq.TableReference) (warehouse.Table, partition.Partition, *bq.Table, error) {
	t, p, err := s.reference(ref)
	if err == nil {
		err = s.dataset(t.Dataset)
	}
	if err != nil {
		return t, p, nil, err
	}
	have := s.table(t)
	if have == nil {
		return t, p, nil, noTable(s.Project, t)
	}
	units := map[partition.Grain]string{partition.Daily: "DAY", partition.Monthly: "MONTH"}
	if by := have.TimePartitioning; !p.IsZero() && (by == nil || by.Type != units[p.Grain()]) {
		return t, p, nil, invalid("Invalid partition decorator $%s: table %s has the partitioning %s", p.Decorator(), t, partitionedBy(by))
	}
	return t, p, have, nil
}

func (s *Server) load(j *job, l *bq.JobConfigurationLoad) error {
	t, p, have, err := s.existing(l.DestinationTable)
	if err != nil {
		return err
	}
	if p.IsZero() && partitionedBy(l.TimePartitioning) != partitionedBy(have.TimePartitioning) {
		return invalid("Incompatible table partitioning specification. Expects partitioning specification %s, but input partitioning specification is %s",
			partitionedBy(have.TimePartitioning), partitionedBy(l.TimePartitioning))
	}
	for _, f := range l.Schema.Fields {
		if h := column(have.Schema, f.Name); h == nil || !sameColumn(f, h) {
			return invalid("Provided Schema does not match Table %s:%s. Field %s is not that of the table", s.Project, t, f.Name)
		}
	}
	def, err := define(t, l.Schema, have.TimePartitioning, nil)
	if err != nil {
		return err
	}
	status, err := s.run(warehouse.Job{ID: j.id, Load: &warehouse.Load{
		URIs: l.SourceUris, Destination: t, Schema: def.Schema, Partition: p,
	}})
	j.stats.Load = &bq.JobStatistics3{OutputRows: status.Stats.Rows, InputFiles: int64(len(l.SourceUris))}
	return err
}

func (s *Server) copy(j *job, c *bq.JobConfigurationTableCopy) error {
	from, p, source, err := s.existing(sourceOf(c))
	if err != nil {
		return err
	}
	to, _, target, err := s.existing(c.DestinationTable)
	if err != nil {
		return err
	}
	if err := alike(source, target, !p.IsZero()); err != nil {
		return err
	}
	status, err := s.run(warehouse.Job{ID: j.id, Copy: &warehouse.Copy{Source: from, Destination: to, Partition: p}})
	j.stats.Copy = &bq.JobStatistics5{CopiedRows: status.Stats.Rows}
	if err == nil && p.IsZero() { // the whole table takes the source's schema, and its descriptions
		target.Schema = source.Schema
		s.keep(to, target)
	}
	return err
}
