package bigquerytest

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// job is a job, with the columns and the number of rows of a query's result.
type job struct {
	id      string
	config  *bq.JobConfiguration
	created int64         // milliseconds
	done    chan struct{} // closed when status and statistics are final
	status  bq.JobStatus
	stats   bq.JobStatistics
	schema  *bq.TableSchema
	total   int64 // rows of the result
}

var (
	jobID = regexp.MustCompile(`^[A-Za-z0-9_-]+$`) // at most 1,024 letters
	// https://cloud.google.com/bigquery/docs/labels-intro#requirements
	labelKey   = regexp.MustCompile(`^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$`)
	labelValue = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$`)
)

func (s *Server) insertJob(r *http.Request, body []byte) (any, error) {
	var given bq.Job
	if err := strict(body, &given); err != nil {
		return nil, err
	}
	ref, config := given.JobReference, given.Configuration
	if ref == nil || config == nil {
		return nil, invalid("Required parameter is missing: jobReference, configuration")
	}
	if ref.ProjectId != s.Project {
		return nil, invalid("Value %q of jobReference.projectId is not the project of the URL", ref.ProjectId)
	}
	if config.DryRun {
		return s.dryRun(r.Context(), ref, config)
	}
	if !jobID.MatchString(ref.JobId) || len(ref.JobId) > 1024 {
		return nil, invalid("Invalid job ID %q", ref.JobId)
	}
	if err := s.check(ref, config, r.URL.Query().Get("uploadType") != ""); err != nil {
		return nil, err
	}
	j := &job{id: ref.JobId, config: config, done: make(chan struct{}), status: bq.JobStatus{State: "RUNNING"}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs[j.id] != nil {
		return nil, fail(http.StatusConflict, "duplicate", "Already Exists: Job %s:%s.%s", s.Project, s.Location, j.id)
	}
	conflict := s.conflict(config)
	j.created = s.Now().UnixMilli()
	s.jobs[j.id] = j
	s.busy.Go(func() { s.execute(j, conflict) })
	return s.resource(j), nil
}

// check reports faults that are visible in the job itself.
func (s *Server) check(ref *bq.JobReference, config *bq.JobConfiguration, upload bool) error {
	if ref.Location != s.Location {
		return fail(http.StatusNotFound, "notFound", "Not found: Dataset was not found in location %s", ref.Location)
	}
	for key, value := range config.Labels {
		if !labelKey.MatchString(key) || !labelValue.MatchString(value) {
			return invalid("Label key and value %q: %q must contain only lowercase letters, numerals, underscores and dashes", key, value)
		}
	}
	kinds := 0
	for _, set := range []bool{config.Load != nil, config.Query != nil, config.Copy != nil, config.Extract != nil} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		return invalid("Job configuration must contain exactly one job-specific configuration object, not %d", kinds)
	}
	switch {
	case config.Load != nil:
		return s.checkLoad(config.Load, upload)
	case config.Copy != nil:
		return s.checkCopy(config.Copy)
	case config.Query != nil:
		return s.checkQuery(config.Query)
	}
	return fail(http.StatusNotImplemented, "notImplemented", "extract jobs are not implemented by this fake")
}

// resource returns the job as an answer. mu must be held.
func (s *Server) resource(j *job) *bq.Job {
	r := &bq.Job{
		Kind: "bigquery#job", Id: fmt.Sprintf("%s:%s.%s", s.Project, s.Location, j.id), Configuration: j.config,
		JobReference: &bq.JobReference{ProjectId: s.Project, JobId: j.id, Location: s.Location},
		Status:       &bq.JobStatus{State: "RUNNING"}, Statistics: &bq.JobStatistics{CreationTime: j.created},
	}
	select {
	case <-j.done:
		status, stats := j.status, j.stats
		r.Status, r.Statistics = &status, &stats
	default:
	}
	return r
}

func (s *Server) requested(r *http.Request) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[r.PathValue("job")]
	if j == nil || r.URL.Query().Get("location") != s.Location {
		return nil, fail(http.StatusNotFound, "notFound", "Not found: Job %s:%s", s.Project, r.PathValue("job"))
	}
	return j, nil
}

func (s *Server) getJob(r *http.Request, _ []byte) (any, error) {
	j, err := s.requested(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resource(j), nil
}

func (s *Server) end(j *job, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j.stats.CreationTime, j.stats.StartTime = j.created, max(j.created, s.last)
	j.stats.EndTime = max(s.now(), j.stats.StartTime+1)
	j.stats.TotalSlotMs = j.stats.EndTime - j.stats.StartTime
	s.last = j.stats.EndTime
	j.status.State = "DONE"
	if err != nil {
		var r *refusal
		if !errors.As(err, &r) {
			r = &refusal{0, "internalError", err.Error()}
		}
		e := &bq.ErrorProto{Reason: r.reason, Message: r.message}
		if j.config.Load != nil && r.reason == "invalid" {
			e.Message = "Error while reading data, error message: JSON table encountered too many errors, giving up. Rows: 1; errors: 1. Please look into the errors[] collection for more details."
			j.status.Errors = []*bq.ErrorProto{e}
		}
		j.status.ErrorResult = e
		j.status.Errors = append(j.status.Errors, &bq.ErrorProto{Reason: r.reason, Message: r.message})
	}
	if q := j.config.Query; q != nil && q.DestinationTable == nil && j.schema != nil {
		// BigQuery keeps the rows in a hidden table, and adds it to the job.
		config, query := *j.config, *q
		query.DestinationTable = &bq.TableReference{ProjectId: s.Project, DatasetId: hidden, TableId: "anon_" + j.id}
		config.Query = &query
		j.config = &config
	}
	close(j.done)
}

// hidden is the dataset for results without a destination.
const hidden = "_hidden"

// wait bounds how long getQueryResults waits for a job.
// https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
const wait = 10 * time.Second

// changes matches a DML statement: its kind and its table.
var changes = regexp.MustCompile("(?is)^\\s*(MERGE|UPDATE|DELETE|INSERT)\\s+(?:INTO\\s+|FROM\\s+)?([\\w.`]+)")

// conflict returns an error if another statement is changing the same table. In BigQuery the second one waits
// or fails; here it always fails. An INSERT never conflicts. mu must be held.
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
				return fail(0, "invalidQuery", "Could not serialize access to table %s:%s due to concurrent update",
					s.Project, table)
			}
		}
	}
	return nil
}

// execute runs a job, one at a time.
func (s *Server) execute(j *job, conflict error) {
	if s.Begin != nil {
		s.Begin(j.id)
	}
	if conflict != nil {
		s.end(j, conflict)
		return
	}
	s.change.Lock()
	defer s.change.Unlock()
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

func (s *Server) run(w warehouse.Job) (warehouse.Status, error) {
	status, err := warehouse.Run(s.ctx, s.rows, w)
	if failed, ok := errors.AsType[*warehouse.JobError](err); ok {
		code := http.StatusBadRequest
		if failed.Reason == "notFound" {
			code = http.StatusNotFound
		}
		err = fail(code, failed.Reason, "%s", failed.Message)
	}
	return status, err
}

// existing returns the table and partition of a reference. It checks that the table can have the partition.
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
		return t, p, nil, invalid("Invalid partition decorator $%s: table %s has the partitioning %s", p.Decorator(),
			t, partitionedBy(by))
	}
	return t, p, have, nil
}

func (s *Server) load(j *job, l *bq.JobConfigurationLoad) error {
	t, p, have, err := s.existing(l.DestinationTable)
	if err != nil {
		return err
	}
	if p.IsZero() {
		if err := samePartitioning(l.TimePartitioning, have.TimePartitioning); err != nil {
			return err
		}
	}
	if err := loadable(l.Schema, have.Schema); err != nil {
		return err
	}
	def, err := define(t, have.Schema, have.TimePartitioning, nil)
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
	if err == nil && p.IsZero() { // a whole table also gets the source's schema and descriptions
		target.Schema = source.Schema
		s.store(to, target)
	}
	return err
}
