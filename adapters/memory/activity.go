package memory

import (
	"context"
	"time"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

var _ refresh.ActivityCounter = (*Directory)(nil)

// Used records that a user was at work in the tenant, as a host's sessions do. An earlier time than the last one changes nothing.
func (d *Directory) Used(ctx context.Context, id tenancy.ID, user string, at time.Time) error {
	return d.with(ctx, id, func(e *entry) error {
		if e.used == nil {
			e.used = map[string]time.Time{}
		}
		if at.After(e.used[user]) {
			e.used[user] = at
		}
		return nil
	})
}

// ActiveUsers implements [refresh.ActivityCounter] by what [Directory.Used] recorded.
func (d *Directory) ActiveUsers(ctx context.Context, id tenancy.ID, since time.Time) (n int64, err error) {
	err = d.with(ctx, id, func(e *entry) error {
		for _, last := range e.used {
			if !last.Before(since) {
				n++
			}
		}
		return nil
	})
	return n, err
}
