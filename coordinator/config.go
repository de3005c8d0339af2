package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sethvargo/go-envconfig"
)

// Config are the settings of the deployed function, from the environment, besides those that every function has
// (see package cloud).
type Config struct {
	// LedgerBucket is the bucket of the ledger, without gs://.
	LedgerBucket string `env:"LEDGER_BUCKET"`
	// DeadLetterTopic is the topic of messages that could not be used, by its id.
	DeadLetterTopic string `env:"DEAD_LETTER_TOPIC"`
	Limits
}

// Limits bound the work of one coordinator instance.
type Limits struct {
	// Deadline is how long one request may take. It is shorter than the subscription's push deadline, at most 600 s, so that
	// Pub/Sub is told to come back (429) rather than left to give up.
	Deadline time.Duration `env:"DEADLINE, default=540s"`
	// Lease is how long other instances leave a started run to the one that started it; longer than Deadline, after
	// which nobody is at it any more.
	Lease time.Duration `env:"LEASE, default=10m"`
	// Attempts is how often a run is tried within one request when the warehouse itself is in trouble.
	Attempts int `env:"ATTEMPTS, default=3"`
	// Parallel is how many models' partitions one request runs at once.
	Parallel int `env:"PARALLEL, default=4"`
	// MaxBytesBilled is what one query may read, in bytes; one that would read more fails before it costs anything.
	MaxBytesBilled int64 `env:"MAX_BYTES_BILLED, default=10737418240"`
}

// DefaultLimits are the limits when the environment says nothing.
func DefaultLimits() Limits {
	var l Limits
	if err := envconfig.ProcessWith(context.Background(), &envconfig.Config{Target: &l, Lookuper: envconfig.MapLookuper(nil)}); err != nil {
		panic(err) // the tags above are wrong, which every test would meet
	}
	return l
}

// Validate reports everything that is wrong with the settings, at once.
func (c Config) Validate() error {
	var faults []error
	if c.LedgerBucket == "" {
		faults = append(faults, errors.New("LEDGER_BUCKET is empty; terraform apply sets it"))
	}
	if c.DeadLetterTopic == "" {
		faults = append(faults, errors.New("DEAD_LETTER_TOPIC is empty; terraform apply sets it"))
	}
	return errors.Join(append(faults, c.Limits.Validate())...)
}

// Validate reports everything that is wrong with the limits, at once.
func (l Limits) Validate() error {
	var faults []error
	if l.Deadline < time.Second || l.Deadline >= 10*time.Minute {
		faults = append(faults, fmt.Errorf("DEADLINE %s is not from 1s to less than the 10m that Pub/Sub waits", l.Deadline))
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
		faults = append(faults, fmt.Errorf("MAX_BYTES_BILLED %d is below 10485760, the least that BigQuery bills", l.MaxBytesBilled))
	}
	return errors.Join(faults...)
}

// SweepConfig are the settings of the sweep: the coordinator's, and its own.
type SweepConfig struct {
	Config
	// StagingBucket is where the sources stage, without gs://.
	StagingBucket string `env:"STAGING_BUCKET"`
	// AskQueue is the Cloud Tasks queue by which sources are asked again: projects/…/locations/…/queues/….
	AskQueue string `env:"ASK_QUEUE"`
	// AskAccount is the service account that it calls them as.
	AskAccount string `env:"ASK_ACCOUNT"`
	// SourceURLs are the addresses of the sources' functions: {"kit": "https://…"}.
	SourceURLs URLs `env:"SOURCE_URLS"`
	// Days is how many days back a sweep looks, and the months that these touch.
	Days int `env:"SWEEP_DAYS, default=35"`
}

// URLs are addresses of functions, by the name of the source, or of what else is deployed.
type URLs map[string]string

// UnmarshalText reads a JSON object; nothing is an empty one.
func (u *URLs) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, (*map[string]string)(u)); err != nil {
		return fmt.Errorf(`addresses of functions are not like {"kit": "https://…"}: %w`, err)
	}
	return nil
}

// Validate reports everything that is wrong with the settings, at once.
func (c SweepConfig) Validate() error {
	faults := []error{c.Config.Validate()}
	for _, setting := range [][2]string{{"STAGING_BUCKET", c.StagingBucket}, {"ASK_QUEUE", c.AskQueue}, {"ASK_ACCOUNT", c.AskAccount}} {
		if setting[1] == "" {
			faults = append(faults, fmt.Errorf("%s is empty; terraform apply sets it", setting[0]))
		}
	}
	if len(c.SourceURLs) == 0 {
		faults = append(faults, errors.New("SOURCE_URLS is empty; terraform apply sets it"))
	}
	if c.Days < 1 || c.Days > 400 {
		faults = append(faults, fmt.Errorf("SWEEP_DAYS %d is not 1 to 400", c.Days))
	}
	return errors.Join(faults...)
}
