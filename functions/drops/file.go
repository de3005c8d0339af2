package drops

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// Contents says what a dropped file holds.
type Contents struct {
	Table  string // without the dataset
	Months []partition.Partition
}

// Inspect returns what a file holds, or why it could not be loaded, if it were dropped at an instant as an object,
// drops/<name>/<anything>.json. Month is the object's metadata of that name, or "". The error is a *source.Error.
func Inspect(object string, at time.Time, month string, data []byte) (Contents, error) {
	if !dropName.MatchString(object) {
		return Contents{}, source.Errorf(placeHint, "%s is not a place for a drop", object)
	}
	if len(data) > MaxBytes {
		return Contents{}, errTooLarge
	}
	d, err := decode(file{object: object, created: at, month: month}, data)
	if err != nil {
		return Contents{}, err
	}
	return Contents{d.table, slices.SortedFunc(maps.Keys(d.months), partition.Partition.Compare)}, nil
}

// Place returns the object as which a file of a disk is dropped, by its absolute path. Files with different contents have
// different places, and the same file always has the same. The place holds the month that the name of the file holds, or
// else the name of its folder. The error is a *source.Error: the file would be ignored.
func Place(path string, data []byte) (string, error) {
	base := filepath.Base(path)
	if !strings.EqualFold(filepath.Ext(base), ".json") || len(base) == len(".json") {
		return "", source.Errorf("give it a name that ends in .json", "%s is not read, because of its name", path)
	}
	month, err := monthOf(base, "")
	if err != nil {
		folder := filepath.Base(filepath.Dir(path))
		if month, err = monthOf(folder, ""); err == nil && len(folder) <= maxBase {
			base = folder + "/" + base
		}
	}
	if file := filepath.Base(base); len(file) > maxBase {
		short := strings.ToValidUTF8(file[:maxBase/2], "")
		if err == nil {
			short += "~" + month.String()
		}
		base = strings.TrimSuffix(base, file) + short + ".json"
	}
	hash := sha256.Sum256(data)
	return fmt.Sprintf("%smedium/%s/%s", prefix, hex.EncodeToString(hash[:4]), base), nil
}
