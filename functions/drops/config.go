package drops

import (
	"errors"
	"regexp"
)

// Config holds the settings, from the environment. None is a secret.
type Config struct {
	// Bucket is where files are dropped, without gs://. It has no default.
	Bucket string `env:"DROPS_BUCKET"`
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$`)

// Validate reports what is wrong with the settings.
func (c Config) Validate() error {
	switch {
	case c.Bucket == "":
		return errors.New("DROPS_BUCKET is empty; fix: terraform apply sets it")
	case !bucketName.MatchString(c.Bucket):
		return errors.New("DROPS_BUCKET is not the name of a bucket, like rollcall-drops, without gs:// and without folders")
	}
	return nil
}
