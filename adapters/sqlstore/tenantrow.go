package sqlstore

import (
	"database/sql"

	"github.com/retenant/retenant/tenancy"
)

// tenantRow is a row of retenant_tenant.
type tenantRow struct {
	ID             string         `db:"id"`
	Name           string         `db:"name"`
	Kind           string         `db:"kind"`
	Communications bool           `db:"communications"`
	Callouts       bool           `db:"callouts"`
	Workflows      bool           `db:"workflows"`
	Generation     int64          `db:"generation"`
	Token          int64          `db:"token"`      // the highest that a runner came with; see session.fence
	OutageRun      sql.NullString `db:"outage_run"` // NULL while the tenant is open
	OutageToken    int64          `db:"outage_token"`
	OutageFrom     instant        `db:"outage_from"`
	OutageUntil    instant        `db:"outage_until"`
	Source         sql.NullString `db:"source"` // NULL unless the tenant is a copy
	AsOf           instant        `db:"as_of"`
	SourceRun      sql.NullString `db:"source_run"`
	Masked         sql.NullBool   `db:"masked"`
}

func rowOf(t tenancy.Tenant) tenantRow {
	row := tenantRow{ID: string(t.ID), Name: t.Name, Kind: string(t.Kind), Generation: t.Generation, Communications: t.Settings.Communications(),
		Callouts: t.Settings.Callouts(), Workflows: t.Settings.Workflows()}
	if o := t.Outage; o != nil {
		row.OutageRun = sql.NullString{String: o.Run, Valid: true}
		row.OutageToken = o.Token
		row.OutageFrom, row.OutageUntil = instant{o.From}, instant{o.Until}
	}
	if p := t.Provenance; p != nil {
		row.Source, row.AsOf = sql.NullString{String: string(p.Source), Valid: true}, instant{p.AsOf}
		row.SourceRun, row.Masked = sql.NullString{String: p.Run, Valid: true}, sql.NullBool{Bool: p.Masked, Valid: true}
	}
	return row
}

func (r *tenantRow) tenant() tenancy.Tenant {
	t := tenancy.Tenant{ID: tenancy.ID(r.ID), Name: r.Name, Kind: tenancy.Kind(r.Kind), Generation: r.Generation,
		Settings: settingsOf(r.Communications, r.Callouts, r.Workflows)}
	if r.OutageRun.Valid {
		t.Outage = &tenancy.Outage{Run: r.OutageRun.String, Token: r.OutageToken, From: r.OutageFrom.Time, Until: r.OutageUntil.Time}
	}
	if r.Source.Valid {
		t.Provenance = &tenancy.Provenance{Source: tenancy.ID(r.Source.String), AsOf: r.AsOf.Time, Run: r.SourceRun.String, Masked: r.Masked.Bool}
	}
	return t
}

// settingsOf reads stored switches: callouts without communications are off, whoever wrote them.
func settingsOf(communications, callouts, workflows bool) tenancy.Settings {
	var s tenancy.Settings
	if communications {
		s = s.EnableCommunications()
	}
	if callouts {
		s, _ = s.EnableCallouts() // refused without communications, and stays off then
	}
	if workflows {
		s = s.EnableWorkflows()
	}
	return s
}
