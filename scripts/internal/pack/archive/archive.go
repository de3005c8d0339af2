// Package archive writes zip archives that depend on nothing but what is in them.
package archive

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"slices"
)

// Zip is the archive of these files, contents by path. The same files make the same bytes, on every machine and with every
// version of Go: names are sorted, every file has mode 0644 and the date 1980-01-01, and nothing is compressed, because
// compressors change. Sizes stand before the contents, so that readers of streams can read it.
func Zip(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("zip: %q is not the path of a file within the archive", name)
		}
		data := files[name]
		header := &zip.FileHeader{
			Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(data),
			CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data)),
			ModifiedDate: 1<<5 | 1, //nolint:staticcheck // MS-DOS's first day; CreateRaw ignores Modified, which replaces it
		}
		header.SetMode(0o644)
		file, err := w.CreateRaw(header)
		if err != nil {
			return nil, fmt.Errorf("zip %s: %w", name, err)
		}
		if _, err := file.Write(data); err != nil {
			return nil, fmt.Errorf("zip %s: %w", name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	return out.Bytes(), nil
}
