package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// state is the state file: retenant's store and directory, and two tables of tenantctl's own.
type state struct {
	db        *sqlx.DB
	store     *sqlstore.Store
	directory *sqlstore.Directory
}

// tenantctl_tenant says where tenants' rows are; tenantctl_run by which rules and profile a refresh is run, so that it can be resumed and verified by the same.
const stateTables = `
CREATE TABLE IF NOT EXISTS tenantctl_tenant (id TEXT PRIMARY KEY NOT NULL, url TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tenantctl_run (id TEXT PRIMARY KEY NOT NULL, rules TEXT NOT NULL, profile TEXT NOT NULL) WITHOUT ROWID;`

// openState opens the state file, and makes it only if create is set.
func (a *app) openState(ctx context.Context, create bool) (*state, error) {
	mode := sqlite.ReadWrite
	if _, err := os.Stat(a.state); errors.Is(err, os.ErrNotExist) {
		if !create {
			return nil, fmt.Errorf("there is no state file %s; name it by --state, or make it: tenantctl tenant add", a.state)
		}
		mode = sqlite.Create
	}
	db, err := sqlite.Open(ctx, a.state, mode)
	if err != nil {
		return nil, err
	}
	s, err := prepareState(ctx, db)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("state file %s: %w", a.state, err), db.Close())
	}
	return s, nil
}

func prepareState(ctx context.Context, db *sqlx.DB) (*state, error) {
	if err := sqlstore.Install(ctx, db); err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, stateTables); err != nil {
		return nil, err
	}
	s := &state{db: db}
	var err error
	if s.store, err = sqlstore.NewStore(db); err != nil {
		return nil, err
	}
	s.directory, err = sqlstore.NewDirectory(db)
	return s, err
}

// Close closes the file.
func (s *state) Close() { _ = s.db.Close() }

func (s *state) desk() *refresh.Desk {
	return &refresh.Desk{Store: s.store, Directory: s.directory, Now: time.Now}
}

// setDatabase keeps where a tenant's rows are.
func (s *state) setDatabase(ctx context.Context, id tenancy.ID, d database) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO tenantctl_tenant (id, url) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET url = excluded.url`, string(id), d.url)
	return err
}

// database returns where a tenant's rows are.
func (s *state) database(ctx context.Context, id tenancy.ID) (database, error) {
	var url string
	err := s.db.GetContext(ctx, &url, `SELECT url FROM tenantctl_tenant WHERE id = ?`, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return database{}, &tenancy.TenantError{Tenant: id, Err: fmt.Errorf("%w; add it: tenantctl tenant add %s --kind … --database …", tenancy.ErrUnknownTenant, id)}
	}
	if err != nil {
		return database{}, err
	}
	return parseDatabase(url)
}

// job is what a run is made by beside its request.
type job struct {
	rules   masking.Rules
	text    []byte // of the rules file
	profile refresh.Profile
}

func (s *state) setJob(ctx context.Context, id refresh.RunID, j job) error {
	profile, err := json.Marshal(j.profile)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO tenantctl_run (id, rules, profile) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET rules = excluded.rules, profile = excluded.profile`,
		string(id), string(j.text), string(profile))
	return err
}

func (s *state) job(ctx context.Context, id refresh.RunID) (job, error) {
	var row struct{ Rules, Profile string }
	err := s.db.GetContext(ctx, &row, `SELECT rules, profile FROM tenantctl_run WHERE id = ?`, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return job{}, fmt.Errorf("refresh %s: %w; see tenantctl status", id, refresh.ErrUnknownRefresh)
	}
	if err != nil {
		return job{}, err
	}
	j := job{text: []byte(row.Rules)}
	if err := json.Unmarshal([]byte(row.Profile), &j.profile); err != nil {
		return job{}, err
	}
	j.rules, err = masking.ParseRules(j.text)
	return j, err
}

// refreshes returns all refreshes, the newest first.
func (s *state) refreshes(ctx context.Context) ([]refresh.Refresh, error) {
	tenants, err := s.directory.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	var all []refresh.Refresh
	for _, t := range tenants {
		list, err := s.store.Refreshes(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	sortNewestFirst(all)
	return all, nil
}

// readRules reads a rules file. Its mistakes are reported all at once, with their lines.
func readRules(file string) (masking.Rules, []byte, error) {
	if file == "" {
		return masking.Rules{}, nil, errors.New("the rules are missing; name the file by --rules, or make one: tenantctl inspect")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return masking.Rules{}, nil, err
	}
	rules, err := masking.ParseRules(text)
	if err != nil {
		return masking.Rules{}, nil, fmt.Errorf("rules file %s:\n%w", file, err)
	}
	return rules, text, nil
}
