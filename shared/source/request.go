package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"example.com/rollcall/shared/partition"
)

// decodeRequest reads {"partition":"2026-11-21"}; the zero Partition stands for {}.
func decodeRequest(body []byte) (partition.Partition, error) {
	var asked struct {
		Partition *string `json:"partition"`
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(&asked)
	if err == nil {
		if _, extra := dec.Token(); !errors.Is(extra, io.EOF) {
			err = errors.New("something follows the JSON object")
		}
	}
	if err != nil {
		return partition.Partition{}, badRequest("body: %w; want {\"partition\":\"2026-11-21\"} or nothing", err)
	}
	if asked.Partition == nil {
		return partition.Partition{}, nil
	}
	p, err := partition.Parse(*asked.Partition)
	if err != nil {
		return partition.Partition{}, badRequest("body: %w", err)
	}
	return p, nil
}
