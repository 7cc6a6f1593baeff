package sqldata

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// rebuild takes all tables, views and triggers out but the tables to keep, and makes those of the source: in a database of its own, a copy has
// the source's schema too, and what the host added to the target goes (A2, B11). It needs an engine whose DDL is a part of transactions.
func (st *stage) rebuild(ctx context.Context) error {
	description, err := st.dialect.Inspect(ctx, st.Conn)
	if err != nil {
		return err
	}
	if err := st.aloneIn(ctx, &description.Schema); err != nil {
		return err
	}
	keep := func(d refresh.Definition) bool { return slices.Contains(st.landing.Keep, d.Table) }
	for _, kind := range []string{"trigger", "view", "index", "table"} { // a view or a table takes its triggers along
		for _, d := range description.Facts.Definitions {
			if d.Kind != kind || kind != "view" && keep(d) {
				continue
			}
			if _, err := st.ExecContext(ctx, "DROP "+strings.ToUpper(kind)+" "+st.dialect.Quote(d.Name)); err != nil {
				return fmt.Errorf("taking out %s %s: %w", kind, d.Name, err)
			}
		}
	}
	if err := st.define(ctx, keep, "table"); err != nil {
		return err
	}
	st.before, err = st.dialect.Changes(ctx, st.Conn) // what the DROPs counted is no matter
	return err
}

// aloneIn refuses a database in which another tenant has rows too.
func (st *stage) aloneIn(ctx context.Context, found *schema.Schema) error {
	for _, e := range st.landing.Replace {
		t := found.Table(e.Table.Name)
		if t == nil || e.Column == "" || t.Index(e.Column) < 0 {
			continue
		}
		own, params, err := ofTenant(st.dialect, refresh.Extent{Table: t, Column: e.Column, Tenant: e.Tenant}, "", 1)
		if err != nil {
			return err
		}
		var others int64
		if err := st.GetContext(ctx, &others, "SELECT count(*) FROM "+t.SQL+" WHERE NOT ("+own+")", params...); err != nil {
			return err
		}
		if others > 0 {
			return fmt.Errorf("table %s holds %d rows of other tenants, so its database is not the tenant's own; refresh it as shared tables", t.Name, others)
		}
	}
	return nil
}

// finishRebuild makes what is better made after the rows are there.
func (st *stage) finishRebuild(ctx context.Context) error {
	keep := func(d refresh.Definition) bool { return d.Kind != "view" && slices.Contains(st.landing.Keep, d.Table) }
	return st.define(ctx, keep, "index", "view", "trigger", "counter", "version")
}

func (st *stage) define(ctx context.Context, skip func(refresh.Definition) bool, kinds ...string) error {
	for _, kind := range kinds {
		for _, d := range st.landing.Definitions {
			if d.Kind != kind || skip(d) {
				continue
			}
			if _, err := st.ExecContext(ctx, d.SQL); err != nil {
				return fmt.Errorf("making %s %s: %w", kind, d.Name, err)
			}
		}
	}
	return nil
}
