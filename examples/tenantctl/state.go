package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

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
	file    rulesFile // that they are from
	profile refresh.Profile

	source, target string // URLs of the databases it was begun with
}

func (s *state) setJob(ctx context.Context, id refresh.RunID, j job) error {
	profile, err := json.Marshal(j.profile)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO tenantctl_run (id, rules, profile, source, target) VALUES (?, ?, ?, ?, ?)`,
		string(id), string(j.file.text), string(profile), j.source, j.target)
	return err
}

func (s *state) job(ctx context.Context, id refresh.RunID) (job, error) {
	var row struct{ Rules, Profile, Source, Target string }
	err := s.db.GetContext(ctx, &row, `SELECT rules, profile, source, target FROM tenantctl_run WHERE id = ?`, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return job{}, fmt.Errorf("refresh %s: %w; see tenantctl status", id, refresh.ErrUnknownRefresh)
	}
	if err != nil {
		return job{}, err
	}
	j := job{file: rulesFile{fmt.Sprintf("rules of refresh %s", id), []byte(row.Rules)}, source: row.Source, target: row.Target}
	if err := json.Unmarshal([]byte(row.Profile), &j.profile); err != nil {
		return job{}, err
	}
	j.rules, err = masking.ParseRules(j.file.text)
	return j, j.file.locate(err)
}

// checkMoved refuses to go on with a refresh whose tenants are in other databases than those it was begun with: what holds there of the run is not known.
func (s *state) checkMoved(ctx context.Context, r refresh.Refresh, j job) error {
	for id, url := range map[tenancy.ID]string{r.Request.Source: j.source, r.Request.Target: j.target} {
		begun, err := parseDatabase(url)
		if err != nil {
			return err
		}
		d, err := s.database(ctx, id)
		if err != nil {
			return err
		}
		if !begun.same(d) {
			return fmt.Errorf("%w: refresh %s was begun with tenant %s in %s, and it is in %s now; set it back: tenantctl tenant add %s --database %s", errRefused, r.ID, id, begun.url, d.url, id, begun.url)
		}
	}
	return nil
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
