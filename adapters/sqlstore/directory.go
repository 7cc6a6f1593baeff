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

// Directory implements [refresh.Directory] in SQL, for hosts that have no table of tenants, and lets them declare and change tenants.
// Its errors about a tenant are [*tenancy.TenantError].
type Directory struct{ engine }

var _ refresh.Directory = (*Directory)(nil)

// NewDirectory returns the directory in a database that [Install] has prepared. It fails for a driver that is not known, and asks the database nothing.
func NewDirectory(db *sqlx.DB) (*Directory, error) {
	e, err := newEngine(db)
	if err != nil {
		return nil, err
	}
	return &Directory{e}, nil
}

// Tenant implements [refresh.Directory].
func (d *Directory) Tenant(ctx context.Context, id tenancy.ID) (tenancy.Tenant, error) {
	var tenant tenancy.Tenant
	err := d.read(ctx, func(s session) (err error) {
		tenant, err = s.tenant(ctx, id, "")
		return err
	})
	return tenant, err
}

// Tenants returns all tenants, in the order of the bytes of their ids.
func (d *Directory) Tenants(ctx context.Context) ([]tenancy.Tenant, error) {
	var rows []tenantRow
	err := d.read(ctx, func(s session) error {
		rows = nil
		return s.list(ctx, &rows, `SELECT * FROM retenant_tenant ORDER BY id`)
	})
	if err != nil {
		return nil, err
	}
	tenants := make([]tenancy.Tenant, len(rows))
	for i := range rows {
		tenants[i] = rows[i].tenant()
	}
	return tenants, nil
}

// Declare makes a tenant known with its name, kind and settings, or changes the name and the kind of one that is: settings are
// changed by [Directory.Change] alone. Generation, outage and provenance are the runs' and are ignored. It returns
// [tenancy.ErrUnderRefresh] where a tenant that a run has closed would come to count as production (A4). A kind of the host's own can be declared; it
// counts as production.
func (d *Directory) Declare(ctx context.Context, tenant tenancy.Tenant) error {
	if tenant.ID == "" {
		return errors.New("sqlstore: a tenant needs an id")
	}
	return d.write(ctx, func(s session) error {
		fresh := tenancy.Tenant{ID: tenant.ID, Name: tenant.Name, Kind: tenant.Kind, Settings: tenant.Settings}
		added, err := s.add(ctx, `INSERT INTO retenant_tenant (id, name, kind, communications, callouts, workflows, generation, token, outage_token)
			VALUES (:id, :name, :kind, :communications, :callouts, :workflows, 0, 0, 0)`, rowOf(fresh))
		if err != nil || added {
			return err
		}
		known, err := s.tenant(ctx, tenant.ID, s.dialect.lock)
		if err != nil {
			return err
		}
		if known.Outage != nil && !tenant.Kind.Replaceable() {
			return underRefresh(known)
		}
		known.Name, known.Kind = tenant.Name, tenant.Kind
		return s.put(ctx, known)
	})
}

// Change replaces a tenant's settings by what change makes of them, in one transaction, and returns them. An error of change is
// returned and nothing is changed. While a run has closed the tenant, Change returns [tenancy.ErrUnderRefresh]: the run's handover decides.
// Change may be called several times, and must not use the directory itself.
func (d *Directory) Change(ctx context.Context, id tenancy.ID, change func(tenancy.Settings) (tenancy.Settings, error)) (tenancy.Settings, error) {
	var settings tenancy.Settings
	err := d.write(ctx, func(s session) error {
		tenant, err := s.tenant(ctx, id, s.dialect.lock)
		if err != nil {
			return err
		}
		settings = tenant.Settings
		if tenant.Outage != nil {
			return underRefresh(tenant)
		}
		changed, err := change(tenant.Settings)
		if err != nil {
			return &tenancy.TenantError{Tenant: id, Err: err}
		}
		tenant.Settings = changed
		if err := s.put(ctx, tenant); err != nil {
			return err
		}
		settings = changed
		return nil
	})
	return settings, err
}

func underRefresh(t tenancy.Tenant) error {
	err := tenancy.ErrUnderRefresh
	if t.Outage != nil {
		err = fmt.Errorf("%w by run %s", err, t.Outage.Run)
	}
	return &tenancy.TenantError{Tenant: t.ID, Err: err}
}

// tenant reads a tenant, and locks it where lock says so.
func (s session) tenant(ctx context.Context, id tenancy.ID, lock string) (tenancy.Tenant, error) {
	var row tenantRow
	err := s.get(ctx, &row, `SELECT * FROM retenant_tenant WHERE id = ?`+lock, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return tenancy.Tenant{}, &tenancy.TenantError{Tenant: id, Err: tenancy.ErrUnknownTenant}
	}
	return row.tenant(), err
}

// put writes a tenant that is locked.
func (s session) put(ctx context.Context, tenant tenancy.Tenant) error {
	_, err := s.named(ctx, `UPDATE retenant_tenant SET name = :name, kind = :kind, communications = :communications, callouts = :callouts,
		workflows = :workflows, generation = :generation, outage_run = :outage_run, outage_token = :outage_token, outage_from = :outage_from, outage_until = :outage_until,
		source = :source, as_of = :as_of, source_run = :source_run, masked = :masked WHERE id = :id`, rowOf(tenant))
	return err
}
