package mysql_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/adapters/mysql"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// The tenants of a host.
const (
	production tenancy.ID = "7"
	sandbox    tenancy.ID = "12"
	partner    tenancy.ID = "13"
)

// host is a product with its tenants in one database.
type host struct {
	t      testing.TB
	db     *sqlx.DB
	data   *sqldata.Database
	store  *memory.Store
	runner refresh.Runner
	runs   int
	ctx    context.Context // of the runs
	source tenancy.ID
}

func newHost(t testing.TB, rules string, db *sqlx.DB) *host {
	t.Helper()
	h := &host{t: t, ctx: t.Context(), db: db, source: production, data: mysql.Shared(db, sqldata.Config{}), store: memory.NewStore(time.Now)}
	secret, err := masking.NewSecret([]byte(strings.Repeat("host ", 8)))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := masking.ParseRules([]byte("version: 1\ntenant_column: tenant_id\ntables:\n" + rules))
	if err != nil {
		t.Fatal(err)
	}
	h.runner = refresh.Runner{Store: h.store, Source: h.data, Target: h.data, Rules: parsed, Secret: secret, Now: time.Now,
		Directory: memory.NewDirectory(tenancy.Tenant{ID: production, Kind: tenancy.Production},
			tenancy.Tenant{ID: sandbox, Kind: tenancy.Sandbox}, tenancy.Tenant{ID: partner, Kind: tenancy.Partner})}
	return h
}

// refresh replaces a tenant by a masked copy of production.
func (h *host) refresh(target tenancy.ID) (refresh.Refresh, error) {
	h.t.Helper()
	request := refresh.Request{Source: h.source, Target: target, Purpose: refresh.Troubleshoot, By: "ann"}
	plan, err := h.runner.Plan(h.t.Context(), request)
	if err != nil {
		return refresh.Refresh{}, err
	}
	h.runs++
	id := refresh.RunID(fmt.Sprintf("run-%d", h.runs))
	if err := h.store.Create(h.t.Context(), refresh.Refresh{ID: id, Request: request, State: refresh.Admitted, Admitted: time.Now(), Acknowledged: plan.Hash}); err != nil {
		return refresh.Refresh{}, err
	}
	return h.runner.Run(h.ctx, id)
}

// rows returns the rows of a query as text, one a line.
func (h *host) rows(query string) string {
	h.t.Helper()
	var rows []string
	if err := h.db.SelectContext(h.t.Context(), &rows, query); err != nil {
		h.t.Fatalf("%v in %s", err, query)
	}
	return strings.Join(rows, "\n")
}

// describe returns what a plan sees.
func describe(t *testing.T, source refresh.Source) refresh.Description {
	t.Helper()
	d, err := source.Describe(t.Context(), sandbox)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// extent is the sandbox's rows of a table.
func extent(t *testing.T, data *sqldata.Database, table string, tenant tenancy.ID) refresh.Extent {
	t.Helper()
	s := describe(t, data).Schema
	found := s.Table(table)
	if found == nil {
		t.Fatalf("there is no table %s", table)
	}
	return refresh.Extent{Table: found, Column: "tenant_id", Tenant: tenant}
}

// begin opens a stage that replaces the sandbox's rows of a table.
func begin(t *testing.T, data *sqldata.Database, token refresh.Token, extents ...refresh.Extent) refresh.Stage {
	t.Helper()
	if err := data.Fence(t.Context(), sandbox, token); err != nil {
		t.Fatal(err)
	}
	stage, err := data.Begin(t.Context(), refresh.Landing{Run: "run", Token: token, Source: production, Target: sandbox, Replace: extents})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stage.Rollback() })
	return stage
}

// batch makes rows of cells as text.
func batch(width int, cells ...string) *schema.Batch {
	b := schema.NewBatch(width, 0)
	for _, cell := range cells {
		b.Append(schema.Cell{Bytes: []byte(cell), Form: schema.Regular})
	}
	return b
}
