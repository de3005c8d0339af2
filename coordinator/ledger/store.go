package ledger

import (
	"context"
	"errors"
)

// Store keeps named objects. What it must promise: Create is atomic, and List and Read see every Create that returned
// before they were called.
type Store interface {
	// Create makes an object, or is ErrExists when there is one of that name, whoever made it. Any other error says
	// nothing about whether the object was made.
	Create(ctx context.Context, name string, data []byte) error
	// List gives the names that begin with prefix, are not before from, and are before to, in byte order. An empty to is no bound.
	List(ctx context.Context, prefix, from, to string) ([]string, error)
	// Read gives an object's content; ErrNotFound when there is none.
	Read(ctx context.Context, name string) ([]byte, error)
}

// Errors of a Store, and of a Ledger over it, wrapped.
var (
	ErrExists   = errors.New("object exists")
	ErrNotFound = errors.New("object not found")
)
