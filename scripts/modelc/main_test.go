package main

import "testing"

// The coordinator runs by the manifest alone: it must be the one that the models make.
func TestManifestIsNotStale(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	if err := current(root); err != nil {
		t.Error(err)
	}
}
