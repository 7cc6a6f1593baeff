package memory_test

import (
	"sync"
	"testing"
	"time"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/memory"
)

func TestStore(t *testing.T) {
	adaptertest.Store(t, adaptertest.StoreHarness{New: func(*testing.T) adaptertest.StoreUnderTest {
		var mu sync.Mutex
		now := time.Date(2026, 4, 3, 8, 0, 0, 0, time.UTC)
		clock := func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		}
		elapse := func(_ *testing.T, d time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(d)
		}
		return adaptertest.StoreUnderTest{Store: memory.NewStore(clock), Elapse: elapse}
	}})
}
