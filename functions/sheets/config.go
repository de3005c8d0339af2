package sheets

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"example.com/rollcall/shared/upstream"
)

// Config are the settings, from the environment. None of them is a secret: the function reads the sheet as its own
// service account, with which the sheet is shared.
type Config struct {
	// URL is the address of the Google Sheets API. One on this machine is asked without credentials.
	URL string `env:"SHEETS_URL, default=https://sheets.googleapis.com"`
	// ID is the part between /d/ and /edit of the sheet's address; there is no default.
	ID string `env:"SHEETS_ID"`
	// Range is what is read of the sheet, its header row first, in A1 notation.
	Range string `env:"SHEETS_RANGE, default=Sheet1!A1:D1000"`
	// ServiceAccount is the address of the function's service account, so that a message can say with whom the sheet is
	// to be shared. It may be empty.
	ServiceAccount string `env:"SHEETS_SERVICE_ACCOUNT"`
	// RetryWait is the wait before a failed request is sent again; it doubles from try to try.
	RetryWait time.Duration `env:"SHEETS_RETRY_WAIT, default=2s"`

	transport http.RoundTripper // of tests; nil: net/http's own
}

var sheetID = regexp.MustCompile(`^[A-Za-z0-9_-]{10,200}$`)

// Validate reports everything that is wrong with the settings, at once.
func (c Config) Validate() error {
	faults := []error{upstream.CheckURL("SHEETS_URL", c.URL)}
	switch {
	case c.ID == "":
		faults = append(faults, errors.New("SHEETS_ID is empty; it is the part between /d/ and /edit of the sheet's address"))
	case !sheetID.MatchString(c.ID):
		faults = append(faults, errors.New("SHEETS_ID is not the id of a sheet; it is the part between /d/ and /edit of the sheet's address"))
	}
	if strings.TrimSpace(c.Range) == "" {
		faults = append(faults, errors.New("SHEETS_RANGE is empty; want a range like Sheet1!A1:D1000"))
	}
	if c.RetryWait < 0 {
		faults = append(faults, errors.New("SHEETS_RETRY_WAIT is negative; want a time like 2s"))
	}
	return errors.Join(faults...)
}
