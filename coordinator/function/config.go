package function

import (
	"errors"
	"fmt"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/shared/cloud"
)

// Config holds the settings of the deployed coordinator, from the environment. Those that every function has are in
// package cloud.
type Config struct {
	// LedgerBucket is the bucket of the ledger, without gs://.
	LedgerBucket string `env:"LEDGER_BUCKET"`
	// DeadLetterTopic is the topic of messages that could not be used, by its id.
	DeadLetterTopic string `env:"DEAD_LETTER_TOPIC"`
	coordinator.Limits
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

// SweepConfig holds the settings of the deployed sweep: the coordinator's and its own.
type SweepConfig struct {
	Config
	// StagingBucket is where the sources stage, without gs://.
	StagingBucket string `env:"STAGING_BUCKET"`
	// LoadQueue is the Cloud Tasks queue through which the sweep requests loads: projects/…/locations/…/queues/….
	LoadQueue string `env:"LOAD_QUEUE"`
	// LoadAccount is the service account that calls the sources.
	LoadAccount string `env:"LOAD_ACCOUNT"`
	// SourceURLs holds the addresses of the sources' functions: {"kit": "https://…"}.
	SourceURLs cloud.URLs `env:"SOURCE_URLS"`
	// Days is how many days back a sweep looks, and the months that these touch.
	Days int `env:"SWEEP_DAYS, default=35"`
}

// Validate reports everything that is wrong with the settings, at once.
func (c SweepConfig) Validate() error {
	faults := []error{c.Config.Validate()}
	for _, setting := range [][2]string{{"STAGING_BUCKET", c.StagingBucket}, {"LOAD_QUEUE", c.LoadQueue},
		{"LOAD_ACCOUNT", c.LoadAccount}} {
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
