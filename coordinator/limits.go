package coordinator

import (
	"errors"
	"fmt"
	"time"
)

// Limits bounds the work of one coordinator instance. A deployed function reads each field from the
// environment variable in its tag, over the value from DefaultLimits.
type Limits struct {
	// Deadline is how long one request may take. It is shorter than the subscription's push deadline, at
	// most 600 s, so that the coordinator answers Pub/Sub (429) before Pub/Sub gives up.
	Deadline time.Duration `env:"DEADLINE, overwrite"`
	// Lease is how long other instances leave a started run to the one that started it. It is longer than
	// Deadline, after which the run is no longer being carried out.
	Lease time.Duration `env:"LEASE, overwrite"`
	// Attempts is how often a run is tried within one request while the warehouse reports transient errors.
	Attempts int `env:"ATTEMPTS, overwrite"`
	// Parallel is how many targets one request runs at once.
	Parallel int `env:"PARALLEL, overwrite"`
	// MaxBytesBilled is how many bytes one query may read. A query that would read more fails at no cost.
	MaxBytesBilled int64 `env:"MAX_BYTES_BILLED, overwrite"`
}

// DefaultLimits returns the limits that hold when no setting says otherwise.
func DefaultLimits() Limits {
	return Limits{Deadline: 540 * time.Second, Lease: 10 * time.Minute, Attempts: 3, Parallel: 4, MaxBytesBilled: 10 << 30}
}

// Validate reports everything that is wrong with the limits, at once.
func (l Limits) Validate() error {
	var faults []error
	if l.Deadline < time.Second || l.Deadline >= 10*time.Minute {
		faults = append(faults, fmt.Errorf("DEADLINE %s is not from 1s to less than the 10m that Pub/Sub waits",
			l.Deadline))
	}
	if l.Lease <= l.Deadline {
		faults = append(faults, fmt.Errorf("LEASE %s is not longer than DEADLINE %s", l.Lease, l.Deadline))
	}
	if l.Attempts < 1 || l.Attempts > 10 {
		faults = append(faults, fmt.Errorf("ATTEMPTS %d is not 1 to 10", l.Attempts))
	}
	if l.Parallel < 1 || l.Parallel > 64 {
		faults = append(faults, fmt.Errorf("PARALLEL %d is not 1 to 64", l.Parallel))
	}
	if l.MaxBytesBilled < 10<<20 {
		faults = append(faults, fmt.Errorf("MAX_BYTES_BILLED %d is below 10485760, the least that BigQuery bills",
			l.MaxBytesBilled))
	}
	return errors.Join(faults...)
}
