package sheets

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"example.com/rollcall/shared/cloud"
)

func init() { functions.HTTP("Sheets", cloud.Source(New)) }
