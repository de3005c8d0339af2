package duckdb

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	engine "github.com/duckdb/duckdb-go/v2"

	"example.com/rollcall/shared/warehouse"
)

// refusal is a job's failure found by the driver itself.
type refusal struct{ reason, message string }

func (r refusal) Error() string { return r.message }

func invalid(format string, args ...any) error {
	return refusal{"invalid", fmt.Sprintf(format, args...)}
}

// objectError is trouble with reading an object, not with what it holds.
type objectError struct{ error }

func (e objectError) Unwrap() error { return e.error }

// statement are DuckDB's errors that lie in the statement, as far as it can be told before any row is read.
var statement = []engine.ErrorType{
	engine.ErrorTypeParser, engine.ErrorTypeSyntax, engine.ErrorTypeBinder, engine.ErrorTypePlanner,
	engine.ErrorTypeNotImplemented, engine.ErrorTypeParameterNotResolved, engine.ErrorTypeParameterNotAllowed,
}

// trouble are DuckDB's errors that lie neither in the statement nor in the rows.
var trouble = []engine.ErrorType{
	engine.ErrorTypeIO, engine.ErrorTypeOutOfMemory, engine.ErrorTypeTransaction, engine.ErrorTypeInterrupt,
	engine.ErrorTypeInternal, engine.ErrorTypeFatal, engine.ErrorTypeConnection,
}

// jobError says in the words of warehouse.JobError, and with BigQuery's reasons, why a job failed.
func jobError(id string, err error) *warehouse.JobError {
	failure := &warehouse.JobError{ID: id, Message: err.Error()}
	var refused refusal
	var object objectError
	var duck *engine.Error
	switch {
	case errors.As(err, &refused):
		failure.Reason = refused.reason
	case errors.Is(err, warehouse.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		failure.Reason = "notFound"
	case errors.As(err, &object):
		failure.Reason, failure.Transient = "backendError", true
	case !errors.As(err, &duck):
		failure.Reason, failure.Transient = "internalError", true
	case duck.Type == engine.ErrorTypeCatalog && strings.Contains(duck.Msg, "Table with name"):
		failure.Reason = "notFound"
	case duck.Type == engine.ErrorTypeCatalog, slices.Contains(statement, duck.Type):
		failure.Reason = "invalidQuery"
	case duck.Type == engine.ErrorTypeOutOfMemory:
		failure.Reason = "resourcesExceeded"
		failure.Message = "the warehouse's memory limit is too small for the statement, raise Options.MemoryLimit: " + failure.Message
	case slices.Contains(trouble, duck.Type):
		failure.Reason, failure.Transient = "internalError", true
	default: // a value of some row: conversion, constraint, range, division by zero …
		failure.Reason = "invalid"
	}
	return failure
}
