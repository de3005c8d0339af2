package bigquerytest

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	bq "google.golang.org/api/bigquery/v2"
)

// job is a job and, of a query, its result.
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

// check reports what is wrong with a job before anything is looked at.
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
	return fail(http.StatusNotImplemented, "notImplemented", "an extract job is no part of this fake")
}

// resource is the job as it is told; mu is held.
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

// known is a job that was asked for.
func (s *Server) known(r *http.Request) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[r.PathValue("job")]
	if j == nil || r.URL.Query().Get("location") != s.Location {
		return nil, fail(http.StatusNotFound, "notFound", "Not found: Job %s:%s", s.Project, r.PathValue("job"))
	}
	return j, nil
}

func (s *Server) getJob(r *http.Request, _ []byte) (any, error) {
	j, err := s.known(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.resource(j), nil
}

// end writes a job's end down.
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
		// The rows are kept in a table of BigQuery's own, which the job then names.
		config, query := *j.config, *q
		query.DestinationTable = &bq.TableReference{ProjectId: s.Project, DatasetId: hidden, TableId: "anon_" + j.id}
		config.Query = &query
		j.config = &config
	}
	close(j.done)
}

// hidden is the dataset of results without destination.
const hidden = "_hidden"

// wait is how long getQueryResults waits for a job.
// https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
const wait = 10 * time.Second
