package bigquerytest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// maxPage bounds the rows of one page.
const maxPage = 1000

// getQueryResults gives the rows of a SELECT, of which those that went into a destination are only counted.
func (s *Server) getQueryResults(r *http.Request, _ []byte) (any, error) {
	j, err := s.known(r)
	if err != nil {
		return nil, err
	}
	if j.config.Query == nil {
		return nil, invalid("Cannot get results of a job that is no query: %s", j.id)
	}
	answer := &bq.GetQueryResultsResponse{
		Kind: "bigquery#getQueryResultsResponse", JobReference: &bq.JobReference{ProjectId: s.Project, JobId: j.id, Location: s.Location},
	}
	select {
	case <-j.done:
	case <-time.After(wait):
		return answer, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if e := j.status.ErrorResult; e != nil {
		return nil, fail(http.StatusBadRequest, e.Reason, "%s", e.Message)
	}
	answer.JobComplete, answer.Schema, answer.TotalRows = true, j.schema, uint64(j.total)
	answer.NumDmlAffectedRows = j.stats.Query.NumDmlAffectedRows
	ask := r.URL.Query()
	n, err := strconv.Atoi(ask.Get("maxResults"))
	if err != nil || n > maxPage {
		n = maxPage
	}
	if n == 0 || j.schema == nil {
		return answer, nil
	}
	if j.config.Query.DestinationTable.DatasetId != hidden {
		return nil, fail(http.StatusNotImplemented, "notImplemented", "the rows of a destination are no part of this fake")
	}
	from, _ := strconv.Atoi(ask.Get("pageToken")) // none is the first page
	rows, err := s.rows.Rows(r.Context(), j.id, from+n)
	if err != nil {
		return nil, err
	}
	if from+n < int(j.total) {
		answer.PageToken = strconv.Itoa(from + n)
	}
	for _, row := range rows[min(from, len(rows)):] {
		line := &bq.TableRow{}
		for _, f := range j.schema.Fields {
			line.F = append(line.F, &bq.TableCell{V: cell(row[f.Name], schema.Type(f.Type))})
		}
		answer.Rows = append(answer.Rows, line)
	}
	return answer, nil
}

// cell is a value as JSON has it: null or text.
func cell(value any, t schema.Type) any {
	switch v := value.(type) {
	case nil:
		return nil
	case time.Time:
		if t == schema.Date {
			return v.Format(time.DateOnly)
		}
		return strconv.FormatInt(v.UnixMicro(), 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(value)
}

// Definition is a table as it stands, to be compared in tests; false when there is none.
func (s *Server) Definition(t warehouse.Table) (*bq.Table, bool) {
	have := s.table(t)
	return have, have != nil
}

// Jobs are all jobs as they stand, by id, to be compared in tests.
func (s *Server) Jobs() []*bq.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*bq.Job
	for _, id := range slices.Sorted(maps.Keys(s.jobs)) {
		list = append(list, s.resource(s.jobs[id]))
	}
	return list
}
