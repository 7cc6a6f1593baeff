package sqldata

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// ErrNoDatabase says that the tenant has no database yet.
var ErrNoDatabase = errors.New("the tenant has no database yet")

// Database implements [refresh.Source], [refresh.Target] and, where the dialect can, [refresh.Drainer] in SQL. The packages sqlite, postgres and
// mysql make one.
type Database struct {
	dialect  Dialect
	place    Place
	handover func(context.Context, sqlx.ExtContext, refresh.Handover) error
}

// Config holds what is optional.
type Config struct {
	// Handover is called within the landing's own transaction, just before its COMMIT. A host whose directory lives in the tenants' database puts
	// the settings and the generation into effect there (A22, A23, A24): sqlstore.Directory.Handover does. An error fails the commit.
	Handover func(ctx context.Context, tx sqlx.ExtContext, handover refresh.Handover) error
}

// New returns the tenants' data in the databases of a place.
func New(dialect Dialect, place Place, config Config) *Database {
	return &Database{dialect: dialect, place: place, handover: config.Handover}
}

// connectionsOfARun is how many connections a run uses at once.
const connectionsOfARun = 4

// session is one connection to a tenant's database.
type session struct {
	*sqlx.Conn
	dialect Dialect
	driver  string
	limit   int         // of connections in the pool; 0 is none
	begun   bool        // a transaction was begun on it
	toClose []io.Closer // rows and statements of the driver that are open
	release func() error
}

func (d *Database) connect(ctx context.Context, tenant tenancy.ID, create bool) (*session, error) {
	db, release, err := d.place.Open(ctx, tenant, create)
	if err != nil {
		return nil, d.dialect.Explain(err)
	}
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, errors.Join(d.dialect.Explain(err), release())
	}
	return &session{Conn: conn, dialect: d.dialect, driver: db.DriverName(), limit: db.Stats().MaxOpenConnections, release: release}, nil
}

// end ends what is open on the connection and gives it back. It does its work although the caller's context has ended.
func (s *session) end(ctx context.Context) error {
	if s.Conn == nil {
		return nil
	}
	for _, c := range slices.Clone(s.toClose) {
		_ = c.Close() // the connection's end tells
	}
	conn := s.Conn
	s.Conn = nil
	if s.begun && s.dialect.End(context.WithoutCancel(ctx), conn) != nil {
		_ = conn.Raw(func(any) error { return errBadConnection }) // thrown away, and closed by that
		return s.release()
	}
	return errors.Join(conn.Close(), s.release())
}

// Describe implements [refresh.Source].
func (d *Database) Describe(ctx context.Context, tenant tenancy.ID) (refresh.Description, error) {
	facts := refresh.Facts{Keys: d.place.Keys(), Database: d.place.Describe(tenant), Dialect: d.dialect.Name()}
	if place, ok := d.place.(interface{ Identity(tenancy.ID) string }); ok {
		facts.Identity = place.Identity(tenant)
	}
	s, err := d.connect(ctx, tenant, false)
	if errors.Is(err, ErrNoDatabase) {
		facts.Checking, facts.Rebuild, facts.ReservesKeys = refresh.CheckedNever, true, true
		return refresh.Description{Facts: facts}, nil
	}
	if err != nil {
		return refresh.Description{}, err
	}
	defer s.end(ctx)
	description, err := d.dialect.Inspect(ctx, s.Conn)
	if err != nil {
		return refresh.Description{}, d.dialect.Explain(err)
	}
	description.Schema.Sort()
	description.Facts.Keys, description.Facts.Dialect = facts.Keys, facts.Dialect
	description.Facts.Database = cmp.Or(description.Facts.Database, facts.Database)
	description.Facts.Identity = cmp.Or(facts.Identity, description.Facts.Identity)
	if s.limit > 0 && s.limit < connectionsOfARun {
		description.Facts.Preconditions = append(description.Facts.Preconditions,
			fmt.Sprintf("the pool is limited to %d connections, and a refresh needs %d: a snapshot of each side, a landing and one to ask; call SetMaxOpenConns with more", s.limit, connectionsOfARun))
	}
	description.Facts.Exists = facts.Keys == refresh.SharedKeys || len(description.Schema.Tables) > 0
	if facts.Keys == refresh.SharedKeys {
		description.Facts.Rebuild = false
	}
	return description, nil
}

// Token implements [refresh.Target].
func (d *Database) Token(ctx context.Context, tenant tenancy.ID) (refresh.Token, error) {
	var token refresh.Token
	err := d.look(ctx, tenant, func(s *session) error {
		highest, _, err := s.token(ctx, tenant)
		token = refresh.Token(highest)
		return err
	})
	return token, err
}

// Committed implements [refresh.Target].
func (d *Database) Committed(ctx context.Context, tenant tenancy.ID, run refresh.RunID) (bool, error) {
	var n int
	err := d.look(ctx, tenant, func(s *session) error {
		return s.GetContext(ctx, &n, `SELECT count(*) FROM retenant_commit WHERE tenant = `+s.dialect.Placeholder(1)+` AND run = `+s.dialect.Placeholder(2), string(tenant), string(run))
	})
	return n > 0, err
}

// look reads our own tables; where there are none yet, it does not.
func (d *Database) look(ctx context.Context, tenant tenancy.ID, read func(*session) error) error {
	s, err := d.connect(ctx, tenant, false)
	if errors.Is(err, ErrNoDatabase) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.end(ctx)
	installed, err := s.installed(ctx)
	if err != nil || !installed {
		return d.dialect.Explain(err)
	}
	return d.dialect.Explain(read(s))
}

// Fence implements [refresh.Target]. The row is locked by a landing from its own look at it until its end, so that this waits for one.
func (d *Database) Fence(ctx context.Context, tenant tenancy.ID, token refresh.Token) error {
	s, err := d.connect(ctx, tenant, true)
	if err != nil {
		return err
	}
	defer s.end(ctx)
	if err := s.install(ctx); err != nil {
		return d.dialect.Explain(err)
	}
	return d.dialect.Explain(s.fence(ctx, tenant, token))
}

// Open implements [refresh.Drainer].
func (d *Database) Open(ctx context.Context, tenant tenancy.ID, mark []byte) ([]refresh.Transaction, []byte, error) {
	drainer, ok := d.dialect.(Drainer)
	if !ok {
		return nil, nil, nil
	}
	s, err := d.connect(ctx, tenant, false)
	if errors.Is(err, ErrNoDatabase) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer s.end(ctx)
	open, next, err := drainer.OpenTransactions(ctx, s.Conn, mark)
	return open, next, d.dialect.Explain(err)
}

// Discard implements [refresh.Discarder] for places that can take back a database that was made for a landing.
func (d *Database) Discard(ctx context.Context, tenant tenancy.ID, _ refresh.RunID) error {
	discarder, ok := d.place.(interface {
		Discard(ctx context.Context, tenant tenancy.ID) error
	})
	if !ok {
		return nil
	}
	return d.dialect.Explain(discarder.Discard(ctx, tenant))
}
