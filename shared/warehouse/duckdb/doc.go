// Package duckdb is the warehouse as one DuckDB file, for a laptop: the same jobs, ids and guarantees as in production,
// by the rules of warehousetest.
//
// A job's effect and its row in rollcall.jobs are written in one transaction. After a crash, however hard, a job has
// happened wholly and is known, or has not happened and is unknown: Wait then says ErrNotFound, and the same id may be
// submitted again. Jobs run one after another, each on one thread, so that the same statements over the same tables give
// the same bits every time, sums of floating point numbers among them.
//
// Types: INT64 is BIGINT, FLOAT64 DOUBLE, NUMERIC DECIMAL(38, 9), TIMESTAMP TIMESTAMPTZ (sessions are in UTC), JSON is
// JSON, REPEATED is a list that is empty rather than null. A partition is a range of dates in the partition column; to
// replace it is to delete and insert. What DuckDB does not keep about a table (its partitioning, the modes and
// descriptions of its columns) stands in rollcall.tables.
//
// One process at a time can have the file open.
package duckdb
