package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Store implements [refresh.Store] in SQL.
type Store struct{ engine }

var _ refresh.Store = (*Store)(nil)

// NewStore returns the store in a database that [Install] has prepared. It fails for a driver that is not known, and asks the database nothing.
func NewStore(db *sqlx.DB) (*Store, error) {
	e, err := newEngine(db)
	if err != nil {
		return nil, err
	}
	return &Store{e}, nil
}

// refreshRow is a row of retenant_refresh.
type refreshRow struct {
	ID        string  `db:"id"`
	Target    string  `db:"target"`
	State     string  `db:"state"`
	Admitted  instant `db:"admitted"`
	Cancelled bool    `db:"cancelled"` // the holder of the lease is asked to end the run
	Sealed    string  `db:"sealed"`    // the hash of its receipt; "" until that is sealed
	Document  string  `db:"document"`
}

const refreshColumns = `id, target, state, admitted, cancelled, sealed, document`

// Create implements [refresh.Records].
func (st *Store) Create(ctx context.Context, r refresh.Refresh) error {
	row, err := encode(r)
	if err != nil {
		return err
	}
	return st.write(ctx, func(s session) error {
		added, err := s.add(ctx, `INSERT INTO retenant_refresh (id, target, state, admitted, cancelled, sealed, document)
			VALUES (:id, :target, :state, :admitted, :cancelled, :sealed, :document)`, row)
		if err != nil {
			return err
		}
		if !added {
			return fmt.Errorf("refresh %s: %w", r.ID, refresh.ErrExists)
		}
		return s.chain(ctx, r, "")
	})
}

// Refresh implements [refresh.Records].
func (st *Store) Refresh(ctx context.Context, id refresh.RunID) (refresh.Refresh, error) {
	var row refreshRow
	err := st.read(ctx, func(s session) (err error) {
		row, err = s.refresh(ctx, id, "")
		return err
	})
	if err != nil {
		return refresh.Refresh{}, err
	}
	return row.decode()
}

// Refreshes implements [refresh.Records]. The newest is the one that was created last.
func (st *Store) Refreshes(ctx context.Context, target tenancy.ID) ([]refresh.Refresh, error) {
	var rows []refreshRow
	err := st.read(ctx, func(s session) error {
		rows = nil
		return s.list(ctx, &rows, `SELECT `+refreshColumns+` FROM retenant_refresh WHERE target = ? ORDER BY serial DESC`, string(target))
	})
	if err != nil {
		return nil, err
	}
	refreshes := make([]refresh.Refresh, len(rows))
	for i := range rows {
		if refreshes[i], err = rows[i].decode(); err != nil {
			return nil, err
		}
	}
	return refreshes, nil
}

// Save implements [refresh.Records]. A save without lease ends a lease that has run out: its holder can not renew it and write over what was
// saved. A sealed receipt cannot be replaced ([refresh.ErrChain]).
func (st *Store) Save(ctx context.Context, r refresh.Refresh, lease *refresh.Lease) error {
	return st.write(ctx, func(s session) error {
		if err := s.mayWrite(ctx, r.Request.Target, lease); err != nil {
			return fmt.Errorf("refresh %s: %w", r.ID, err)
		}
		known, err := s.refresh(ctx, r.ID, s.dialect.lock)
		if err != nil {
			return err
		}
		if known.Target != string(r.Request.Target) {
			return fmt.Errorf("refresh %s is of target %s and cannot be saved for target %s", r.ID, known.Target, r.Request.Target)
		}
		stored, err := known.decode()
		if err != nil {
			return err
		}
		if lease == nil && r.Version != stored.Version {
			return fmt.Errorf("refresh %s: %w", r.ID, refresh.ErrStale)
		}
		next := r
		next.Version = stored.Version + 1
		row, err := encode(next)
		if err != nil {
			return err
		}
		if err := s.chain(ctx, r, known.Sealed); err != nil {
			return err
		}
		_, err = s.named(ctx, `UPDATE retenant_refresh SET state = :state, admitted = :admitted, sealed = :sealed, document = :document WHERE id = :id`, row)
		return err
	})
}

// Last implements [refresh.Records].
func (st *Store) Last(ctx context.Context) (string, error) {
	var head string
	err := st.read(ctx, func(s session) error { return s.get(ctx, &head, `SELECT head FROM retenant_chain WHERE link = 1`) })
	return head, err
}

// chain moves the head of the chain on to a receipt that is sealed for the first time.
func (s session) chain(ctx context.Context, r refresh.Refresh, sealed string) error {
	hash := sealOf(r)
	if hash == sealed {
		return nil
	}
	if sealed != "" {
		return fmt.Errorf("refresh %s: its receipt is sealed and cannot be replaced: %w", r.ID, refresh.ErrChain)
	}
	n, err := s.exec(ctx, `UPDATE retenant_chain SET head = ? WHERE link = 1 AND head = ?`, hash, r.Receipt.Previous)
	if err == nil && n == 0 {
		err = fmt.Errorf("refresh %s: %w", r.ID, refresh.ErrChain)
	}
	return err
}

// refresh reads a refresh, and locks it where lock says so.
func (s session) refresh(ctx context.Context, id refresh.RunID, lock string) (refreshRow, error) {
	var row refreshRow
	err := s.get(ctx, &row, `SELECT `+refreshColumns+` FROM retenant_refresh WHERE id = ?`+lock, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("refresh %s: %w", id, refresh.ErrUnknownRefresh)
	}
	return row, err
}
