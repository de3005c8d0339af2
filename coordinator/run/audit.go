package run

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/cenkalti/backoff/v5"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/warehouse"
)

// audited is the result of an audit: the checks that fail, by what follows.
type audited struct{ errors, warnings []ledger.Failure }

// audit computes the digest and the number of the staged rows, and returns the checks that fail. The
// warehouse drops the rows of an old audit (BigQuery after a day); then the attempt ends with a
// *TransientError.
func (a *attempt) audit(ctx context.Context) (audited, error) {
	job := a.job(stepAudit)
	job.Query = a.query(a.sql.Audit)
	if _, err := a.do(ctx, job); err != nil {
		return audited{}, err
	}
	rows, err := call(ctx, "read rows of "+job.ID, func() ([]map[string]any, error) {
		rows, err := a.Warehouse.Rows(ctx, job.ID, 2)
		if errors.Is(err, warehouse.ErrNotFound) {
			err = backoff.Permanent(&TransientError{err})
		}
		return rows, err
	})
	if err != nil {
		return audited{}, err
	}
	result, err := a.read(rows)
	if err != nil {
		return audited{}, &finalError{fmt.Errorf("the audit query of %s is wrong, run go generate ./coordinator/models: %w",
			a.model.Name, err)}
	}
	return result, nil
}

// read decodes the audit's one row.
func (a *attempt) read(rows []map[string]any) (result audited, err error) {
	if len(rows) != 1 {
		return result, fmt.Errorf("%d rows instead of 1", len(rows))
	}
	row := rows[0]
	a.published = ledger.Published{Partition: a.run.Partition, Fingerprint: a.run.Fingerprint,
		Attempt: a.run.Attempt, Staged: a.run.Staged}
	if a.published.Rows, err = count(row, "row_count"); err != nil {
		return result, err
	}
	if a.published.Digest, err = sum(row); err != nil {
		return result, err
	}
	for i, check := range a.model.Checks {
		n, err := count(row, fmt.Sprintf("failures_%d", i))
		if err != nil {
			return result, err
		}
		if n == 0 {
			continue
		}
		failure := ledger.Failure{Check: check.Name, Column: check.Column, Text: check.Text, Count: n}
		if check.Severity == manifest.Warn {
			result.warnings = append(result.warnings, failure)
		} else {
			result.errors = append(result.errors, failure)
		}
	}
	return result, nil
}

func count(row map[string]any, column string) (int64, error) {
	n, ok := row[column].(int64)
	if !ok || n < 0 {
		return 0, fmt.Errorf("column %s is %v, which is not a count", column, row[column])
	}
	return n, nil
}

// sum combines the digest from the sums of its eight 32-bit words, most significant first. Each sum carries
// into the words before it, and the carry out of the first word is dropped, so the result is modulo 2^256.
func sum(row map[string]any) (digest.Sum, error) {
	var s digest.Sum
	var carry uint64
	for i := 7; i >= 0; i-- {
		n, err := count(row, fmt.Sprintf("digest_%d", i))
		if err != nil {
			return s, err
		}
		total, over := bits.Add64(uint64(n), carry, 0)
		binary.BigEndian.PutUint32(s[4*i:], uint32(total))
		carry = total>>32 | over<<32
	}
	return s, nil
}
