package sheets

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"example.com/rollcall/shared/upstream"
)

// Config holds the settings, from the environment. None is a secret: the function reads the sheet as its own
// service account, and the sheet is shared with that account.
type Config struct {
	// URL is the address of the Google Sheets API. Requests to this machine carry no credentials.
	URL string `env:"SHEETS_URL, default=https://sheets.googleapis.com"`
	// ID is the part between /d/ and /edit of the sheet's address. It has no default.
	ID string `env:"SHEETS_ID"`
	// Range is the part of the sheet to read, in A1 notation. It begins with the header row.
	Range string `env:"SHEETS_RANGE, default=Sheet1!A:D"`
	// ServiceAccount is the address of the function's service account, for a message that says with whom to share
	// the sheet. It may be empty.
	ServiceAccount string `env:"SHEETS_SERVICE_ACCOUNT"`
	// RetryWait is the wait before the first retry of a request. It doubles from try to try.
	RetryWait time.Duration `env:"SHEETS_RETRY_WAIT, default=2s"`

	transport http.RoundTripper // of tests; nil: net/http's own
}

var sheetID = regexp.MustCompile(`^[A-Za-z0-9_-]{10,200}$`)

// Validate reports everything that is wrong with the settings.
func (c Config) Validate() error {
	faults := []error{
		upstream.CheckURL("SHEETS_URL", c.URL), upstream.CheckWait("SHEETS_RETRY_WAIT", c.RetryWait, "2s"),
	}
	switch {
	case c.ID == "":
		faults = append(faults, errors.New("SHEETS_ID is empty; it is the part between /d/ and /edit of the sheet's address"))
	case !sheetID.MatchString(c.ID):
		faults = append(faults, errors.New("SHEETS_ID is not the id of a sheet; it is the part between /d/ and /edit of the sheet's address"))
	}
	if strings.TrimSpace(c.Range) == "" {
		faults = append(faults, errors.New("SHEETS_RANGE is empty; want a range like Sheet1!A:D"))
	}
	return errors.Join(faults...)
}
