package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
)

// bucket is a Cloud Storage bucket in memory, behind the real client.
func bucket(t testing.TB) *ledger.Bucket {
	t.Helper()
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{Host: "127.0.0.1", Scheme: "http"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: "ledger"})
	return ledger.NewBucket(server.Client(), "ledger")
}

var stores = map[string]func(testing.TB) ledger.Store{
	"memory":         func(testing.TB) ledger.Store { return &coordtest.Store{} },
	"Cloud Storage":  func(t testing.TB) ledger.Store { return bucket(t) },
	"memory, served": func(t testing.TB) ledger.Store { return ledger.NewBucket((&coordtest.Store{}).Client(t), "ledger") },
}

// All stores keep the contract of Store.
func TestStores(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			store, ctx := open(t), t.Context()
			for _, name := range []string{"p/2026-11-02/a", "p/2026-11-01/b", "p/2026-11/c", "p/2026-11-01/a", "p/2026-12-01/a", "q"} {
				if err := store.Create(ctx, name, []byte("first "+name)); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.Create(ctx, "q", []byte("second")); !errors.Is(err, ledger.ErrExists) {
				t.Errorf("a second create is %v", err)
			}
			if data, err := store.Read(ctx, "q"); string(data) != "first q" || err != nil {
				t.Errorf("read %q, %v", data, err)
			}
			if _, err := store.Read(ctx, "r"); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("reading what is not there is %v", err)
			}
			for _, c := range []struct {
				prefix, from, to string
				want             []string
			}{
				{"p/", "", "", []string{"p/2026-11-01/a", "p/2026-11-01/b", "p/2026-11-02/a", "p/2026-11/c", "p/2026-12-01/a"}},
				{"p/2026-11", "p/2026-11-01/b", "p/2026-110", []string{"p/2026-11-01/b", "p/2026-11-02/a", "p/2026-11/c"}},
				{"p/2026-11-02/", "", "", []string{"p/2026-11-02/a"}},
				{"p/2027", "", "", nil},
			} {
				got, err := store.List(ctx, c.prefix, c.from, c.to)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("list %q from %q to %q (-want +got):\n%s", c.prefix, c.from, c.to, diff)
				}
			}
		})
	}
}

// A large record is created in one request, with its condition.
func TestALargeRecordIsOneRequest(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			for _, size := range []int{256<<10 - 1, 256 << 10, 4 << 20} {
				object := fmt.Sprintf("records/%d", size)
				large := []byte(strings.Repeat("x", size))
				if err := store.Create(t.Context(), object, large); err != nil {
					t.Fatal(err)
				}
				if err := store.Create(t.Context(), object, large); !errors.Is(err, ledger.ErrExists) {
					t.Errorf("a second create of %d bytes is %v", size, err)
				}
				if data, err := store.Read(t.Context(), object); err != nil || string(data) != string(large) {
					t.Errorf("read %d bytes of %d, %v", len(data), size, err)
				}
			}
		})
	}
}

// If many writers create one name at the same time, exactly one succeeds, and the object has its content.
func TestOneOfManyWritersWins(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			var mu sync.Mutex
			var won []string
			var group sync.WaitGroup
			for i := range 20 {
				group.Go(func() {
					mine := fmt.Sprint("writer ", i)
					switch err := store.Create(context.Background(), "x", []byte(mine)); {
					case err == nil:
						mu.Lock()
						won = append(won, mine)
						mu.Unlock()
					case !errors.Is(err, ledger.ErrExists):
						t.Error(err)
					}
				})
			}
			group.Wait()
			data, err := store.Read(t.Context(), "x")
			if len(won) != 1 || err != nil || string(data) != won[0] {
				t.Errorf("%v won, and the object holds %q, %v", won, data, err)
			}
		})
	}
}

// A listing that needs several pages of Cloud Storage is complete.
func TestBucketListsAcrossPages(t *testing.T) {
	m := &coordtest.Store{}
	for i := range 2500 {
		if err := m.Create(t.Context(), fmt.Sprintf("p/%06d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	names, err := ledger.NewBucket(m.Client(t), "ledger").List(t.Context(), "p/", "p/000100", "p/002400")
	if err != nil || len(names) != 2300 || names[0] != "p/000100" || names[2299] != "p/002399" {
		t.Errorf("%d names, %v", len(names), err)
	}
}

func TestAFaultOfABucketIsNotErrExists(t *testing.T) {
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	none := ledger.NewBucket(server.Client(), "no-such-bucket")
	if err := none.Create(t.Context(), "x", nil); err == nil || errors.Is(err, ledger.ErrExists) {
		t.Errorf("create is %v", err)
	}
	if _, err := none.List(t.Context(), "x", "", ""); !errors.Is(err, storage.ErrBucketNotExist) {
		t.Errorf("list is %v", err)
	}
}
