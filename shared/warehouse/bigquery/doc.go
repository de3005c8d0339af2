// Package bigquery is the warehouse in production: BigQuery, by its REST API.
//
// It stands on cloud.google.com/go/bigquery, with two things to know of that client: it repeats some calls by itself for as
// long as their context lasts, so each try is given a bound of its own; and of a copy it does not tell how many rows were
// copied. What is sent can be read in the REST reference: https://cloud.google.com/bigquery/docs/reference/rest/v2.
//
// # What it relies on
//
// A job's id is the caller's, and BigQuery takes it once in a project and location; a second jobs.insert is 409 duplicate,
// one whose own first reply was lost among them. Jobs can be asked for for six months.
// https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid
//
// A load with WRITE_TRUNCATE into table$20261121 (a day) or table$202611 (a month) replaces that partition in one atomic
// step and needs no DML. Rows that do not match the decorator make it fail.
// https://cloud.google.com/bigquery/docs/load-data-partitioned-tables
//
// A load that has no object is a load of an empty upload (uploadType=multipart, as bq load does with a local file): the
// only job without DML that empties a partition. Apache Beam and dlt empty tables so too, by an empty file of lines of JSON and
// a schema; without a schema BigQuery refuses it. A query with SELECT … WHERE FALSE into the partition would not do: the
// columns of a query's result are NULLABLE, and those of raw tables REQUIRED.
//
// A load over a whole table takes its schema from the job, and its partitioning has to be stated as it is, so the driver
// asks for it first.
//
// A query makes its destination with the columns of its result, all NULLABLE (or REPEATED), without descriptions, and
// partitioned and clustered as the job says; when it expires is the dataset's default_table_expiration. What the result's
// columns are is not the job's to say, so a dry run (free of charge) compares them with the definition first.
// https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationQuery
//
// A copy wants source and destination to have the same partitioning, clustering and columns; an unpartitioned table cannot
// be copied into a partition of a table that is partitioned by a column. So staged tables are made like their target, and
// what is copied is staged$20261121 to mart$20261121. It reads no rows, costs nothing, and is atomic. A copy over a whole
// table takes the source's schema, and with it the lack of descriptions, which EnsureTable mends.
// https://cloud.google.com/bigquery/docs/managing-partitioned-tables#copy_a_partition
//
// Two statements that change one table at once may fail with "Could not serialize access"; of MERGE, UPDATE and DELETE two
// run and 20 wait. One Driver runs one at a time on each table; what other instances do is met by a transient error.
// https://cloud.google.com/bigquery/docs/data-manipulation-language#concurrent_jobs
//
// The rows of a query without destination are kept for about a day.
// https://cloud.google.com/bigquery/docs/cached-results
//
// The reasons of errors, and which may be tried again: https://cloud.google.com/bigquery/docs/error-messages.
//
// # How it is checked
//
// By warehousetest over bigquerytest, a fake written from the REST reference that refuses what BigQuery refuses, with lost
// replies, 429 and 5xx among its faults; over an emulator that others wrote, with a list of what that cannot do (see
// emulator_test.go); and by every call of one day, written down in coordinator/testdata/bigquery_day for a person to
// compare with the reference.
package bigquery
