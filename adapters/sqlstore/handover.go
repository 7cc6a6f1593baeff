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

// Close implements [refresh.Directory]. For a run that is settled and has opened the tenant again it returns [refresh.ErrCommitted]: a process that wakes up late
// closes nothing.
func (d *Directory) Close(ctx context.Context, id tenancy.ID, outage tenancy.Outage) error {
	return d.change(ctx, id, refresh.RunID(outage.Run), func(s session, t *tenancy.Tenant, h *handoverRow) error {
		if err := s.fence(ctx, id, refresh.Token(outage.Token)); err != nil {
			return err
		}
		switch {
		case closedBy(t, h.Run):
			t.Outage.Token = outage.Token
			return nil
		case h.Settled:
			return committed(t, h)
		case !t.Kind.Replaceable():
			return &tenancy.TenantError{Tenant: id, Kind: t.Kind, Err: tenancy.ErrProduction}
		case t.Outage != nil:
			return underRefresh(*t)
		}
		t.Outage = &outage
		return nil
	})
}

// Prepare implements [refresh.Directory]. What an earlier attempt of the run prepared is replaced. After Settle it returns [refresh.ErrCommitted].
func (d *Directory) Prepare(ctx context.Context, handover refresh.Handover) error {
	return d.change(ctx, handover.Target, handover.Run, func(s session, t *tenancy.Tenant, h *handoverRow) error {
		if err := s.fence(ctx, handover.Target, handover.Token); err != nil {
			return err
		}
		if err := landable(t, h); err != nil {
			return err
		}
		if h.Settled {
			return committed(t, h)
		}
		return s.record(ctx, handoverOf(handover))
	})
}

// Settle implements [refresh.Directory]. For a run that has prepared nothing it returns [tenancy.ErrNotSettled].
func (d *Directory) Settle(ctx context.Context, id tenancy.ID, run refresh.RunID) error {
	return d.change(ctx, id, run, func(s session, t *tenancy.Tenant, h *handoverRow) error {
		switch {
		case h.Settled:
			return nil
		case !h.prepared || !closedBy(t, h.Run):
			return &tenancy.TenantError{Tenant: id, Err: fmt.Errorf("run %s has prepared no handover: %w", run, tenancy.ErrNotSettled)}
		}
		return s.takeEffect(ctx, t, h)
	})
}

// Open implements [refresh.Directory].
func (d *Directory) Open(ctx context.Context, id tenancy.ID, run refresh.RunID) error {
	return d.change(ctx, id, run, func(_ session, t *tenancy.Tenant, h *handoverRow) error {
		if !h.Settled {
			return &tenancy.TenantError{Tenant: id, Err: fmt.Errorf("run %s: %w", run, tenancy.ErrNotSettled)}
		}
		if closedBy(t, h.Run) {
			t.Outage = nil
		}
		return nil
	})
}

// Release implements [refresh.Directory].
func (d *Directory) Release(ctx context.Context, id tenancy.ID, run refresh.RunID, token refresh.Token) error {
	return d.change(ctx, id, run, func(s session, t *tenancy.Tenant, h *handoverRow) error {
		if err := s.fence(ctx, id, token); err != nil {
			return err
		}
		if h.Settled {
			return committed(t, h)
		}
		if closedBy(t, h.Run) {
			t.Outage = nil
		}
		_, err := s.exec(ctx, `DELETE FROM retenant_handover WHERE tenant = ? AND run = ?`, string(id), string(run))
		return err
	})
}

// Handover puts a run's settings, provenance and generation into effect inside the landing's own transaction, for hosts whose directory
// lies in the tenants' database: data and quiet settings become visible with the same COMMIT (A22, A23, A24). It locks the tenant
// until then, so that nobody declares it production in between (A4), and returns [tenancy.ErrProduction] and [tenancy.ErrUnderRefresh] as Prepare
// does. [Directory.Settle] then finds the handover done for the run. On SQLite, tx must have begun with BEGIN IMMEDIATE or have written
// already; on the others it must run at READ COMMITTED, since what Prepare recorded is younger than the landing's begin.
func (d *Directory) Handover(ctx context.Context, tx sqlx.ExtContext, handover refresh.Handover) error {
	return d.session(tx).change(ctx, handover.Target, handover.Run, func(s session, t *tenancy.Tenant, h *handoverRow) error {
		if err := landable(t, h); err != nil || h.Settled {
			return err
		}
		row := handoverOf(handover)
		if err := s.record(ctx, row); err != nil {
			return err
		}
		return s.takeEffect(ctx, t, &row)
	})
}

// change is a transaction on a tenant and on what a run hands over to it.
func (d *Directory) change(ctx context.Context, id tenancy.ID, run refresh.RunID, decide func(session, *tenancy.Tenant, *handoverRow) error) error {
	return d.write(ctx, func(s session) error { return s.change(ctx, id, run, decide) })
}

func (s session) change(ctx context.Context, id tenancy.ID, run refresh.RunID, decide func(session, *tenancy.Tenant, *handoverRow) error) error {
	tenant, err := s.tenant(ctx, id, s.dialect.lock)
	if err != nil {
		return err
	}
	h := handoverRow{prepared: true}
	err = s.get(ctx, &h, `SELECT * FROM retenant_handover WHERE tenant = ? AND run = ?`, string(id), string(run))
	if errors.Is(err, sql.ErrNoRows) {
		h, err = handoverRow{Tenant: string(id), Run: string(run)}, nil
	}
	if err != nil {
		return err
	}
	before := rowOf(tenant)
	if err := decide(s, &tenant, &h); err != nil {
		return err
	}
	if rowOf(tenant) == before {
		return nil
	}
	return s.put(ctx, tenant)
}

// fence refuses a runner that another has overtaken, and keeps the highest token. The tenant is locked.
func (s session) fence(ctx context.Context, id tenancy.ID, token refresh.Token) error {
	n, err := s.exec(ctx, `UPDATE retenant_tenant SET token = ? WHERE id = ? AND token < ?`, int64(token), string(id), int64(token))
	if err != nil || n > 0 {
		return err
	}
	var highest int64
	if err = s.get(ctx, &highest, `SELECT token FROM retenant_tenant WHERE id = ?`, string(id)); err == nil && highest != int64(token) {
		err = &tenancy.TenantError{Tenant: id, Err: fmt.Errorf("token %d: %w", token, refresh.ErrFenced)}
	}
	return err
}

func closedBy(t *tenancy.Tenant, run string) bool { return t.Outage != nil && t.Outage.Run == run }

// landable returns nil if the run may replace the tenant now.
func landable(t *tenancy.Tenant, h *handoverRow) error {
	if !t.Kind.Replaceable() {
		return &tenancy.TenantError{Tenant: t.ID, Kind: t.Kind, Err: tenancy.ErrProduction}
	}
	if !closedBy(t, h.Run) {
		err := fmt.Errorf("run %s has not closed it: %w", h.Run, tenancy.ErrUnderRefresh)
		if t.Outage == nil {
			err = fmt.Errorf("%w, or was: it is no longer closed for run %s", tenancy.ErrUnderRefresh, h.Run)
		}
		return &tenancy.TenantError{Tenant: t.ID, Err: err}
	}
	return nil
}

func committed(t *tenancy.Tenant, h *handoverRow) error {
	return &tenancy.TenantError{Tenant: t.ID, Err: fmt.Errorf("run %s: %w", h.Run, refresh.ErrCommitted)}
}

// handoverRow is a row of retenant_handover.
type handoverRow struct {
	Tenant         string  `db:"tenant"`
	Run            string  `db:"run"`
	Communications bool    `db:"communications"`
	Callouts       bool    `db:"callouts"`
	Workflows      bool    `db:"workflows"`
	Source         string  `db:"source"`
	AsOf           instant `db:"as_of"`
	SourceRun      string  `db:"source_run"`
	Masked         bool    `db:"masked"`
	Settled        bool    `db:"settled"`
	Configuration  change  `db:"configuration"`
	prepared       bool
}

func handoverOf(h refresh.Handover) handoverRow {
	return handoverRow{Tenant: string(h.Target), Run: string(h.Run), Communications: h.Settings.Communications(), Callouts: h.Settings.Callouts(),
		Workflows: h.Settings.Workflows(), Source: string(h.Provenance.Source), AsOf: instant{h.Provenance.AsOf}, SourceRun: h.Provenance.Run,
		Masked: h.Provenance.Masked, Configuration: change{h.Configuration}, prepared: true}
}

// record keeps what a run hands over, in place of what it kept before.
func (s session) record(ctx context.Context, h handoverRow) error {
	added, err := s.add(ctx, `INSERT INTO retenant_handover (tenant, run, communications, callouts, workflows, source, as_of, source_run, masked, settled, configuration)
		VALUES (:tenant, :run, :communications, :callouts, :workflows, :source, :as_of, :source_run, :masked, :settled, :configuration)`, h)
	if err != nil || added {
		return err
	}
	_, err = s.named(ctx, `UPDATE retenant_handover SET communications = :communications, callouts = :callouts, workflows = :workflows,
		source = :source, as_of = :as_of, source_run = :source_run, masked = :masked, configuration = :configuration WHERE tenant = :tenant AND run = :run`, h)
	return err
}

// takeEffect settles a handover, once.
func (s session) takeEffect(ctx context.Context, t *tenancy.Tenant, h *handoverRow) error {
	t.Settings = settingsOf(h.Communications, h.Callouts, h.Workflows)
	t.Provenance = &tenancy.Provenance{Source: tenancy.ID(h.Source), AsOf: h.AsOf.Time, Run: h.SourceRun, Masked: h.Masked}
	t.Generation++
	if err := s.configure(ctx, t.ID, h.Configuration.Change); err != nil {
		return err
	}
	_, err := s.exec(ctx, `UPDATE retenant_handover SET settled = ?, configuration = NULL WHERE tenant = ? AND run = ?`, true, h.Tenant, h.Run)
	return err
}
