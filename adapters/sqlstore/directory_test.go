package sqlstore_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/retenant/retenant/tenancy"
)

func TestA26_ChangeSettings(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db, _ := e.installed(t)
		d := e.directory(t, db)
		if err := d.Declare(t.Context(), tenancy.Tenant{ID: "t", Kind: tenancy.Sandbox}); err != nil {
			t.Fatal(err)
		}
		enable := func(s tenancy.Settings) (tenancy.Settings, error) { return s.EnableCommunications(), nil }
		if s, err := d.Change(t.Context(), "t", tenancy.Settings.EnableCallouts); !errors.Is(err, tenancy.ErrCommunicationsOff) || !s.Quiet() {
			t.Fatalf("A26 callouts before communications: %v, %v", s, err)
		}
		if s, err := d.Change(t.Context(), "t", enable); err != nil || !s.Communications() || s.Callouts() {
			t.Fatalf("A25 enabling communications: %v, %v", s, err)
		}
		if s, err := d.Change(t.Context(), "t", tenancy.Settings.EnableCallouts); err != nil || !s.Callouts() {
			t.Fatalf("A26 callouts after communications: %v, %v", s, err)
		}
		if got, err := d.Tenant(t.Context(), "t"); err != nil || !got.Settings.Callouts() {
			t.Fatalf("the change was not kept: %+v, %v", got, err)
		}
		if _, err := d.Change(t.Context(), "nobody", enable); !errors.Is(err, tenancy.ErrUnknownTenant) {
			t.Fatalf("settings of an unknown tenant: %v", err)
		}
		if err := d.Close(t.Context(), "t", tenancy.Outage{Run: "r1"}); err != nil {
			t.Fatal(err)
		}
		if s, err := d.Change(t.Context(), "t", enable); !errors.Is(err, tenancy.ErrUnderRefresh) || !s.Callouts() {
			t.Fatalf("a change while a run has closed the tenant: %v, %v", s, err)
		}
	})
}

// Whoever writes to the table gets no callouts without communications.
func TestA26_StoredCalloutsWithoutCommunicationsAreOff(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db, _ := e.installed(t)
		d := e.directory(t, db)
		if err := d.Declare(t.Context(), tenancy.Tenant{ID: "t", Kind: tenancy.Sandbox}); err != nil {
			t.Fatal(err)
		}
		mustExec(t, db, `UPDATE retenant_tenant SET callouts = ?`, true)
		got, err := d.Tenant(t.Context(), "t")
		if err != nil || got.Settings.Callouts() || got.Settings.EnableCommunications().Callouts() {
			t.Fatalf("callouts came on: %+v, %v", got, err)
		}
	})
}

func TestDeclareChangesNameAndKindOnly(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db, _ := e.installed(t)
		d := e.directory(t, db)
		if err := d.Declare(t.Context(), tenancy.Tenant{}); err == nil {
			t.Fatal("a tenant without id was declared")
		}
		first := tenancy.Tenant{ID: "t", Name: "one", Kind: tenancy.Sandbox, Settings: tenancy.Settings{}.EnableWorkflows()}
		second := tenancy.Tenant{ID: "t", Name: "two", Kind: tenancy.Production, Settings: tenancy.Settings{}.EnableCommunications(), Generation: 9,
			Outage: &tenancy.Outage{Run: "forged"}, Provenance: &tenancy.Provenance{Run: "forged"}}
		for _, tenant := range []tenancy.Tenant{first, second} {
			if err := d.Declare(t.Context(), tenant); err != nil {
				t.Fatal(err)
			}
		}
		got, err := d.Tenant(t.Context(), "t")
		if want := (tenancy.Tenant{ID: "t", Name: "two", Kind: tenancy.Production, Settings: first.Settings}); err != nil || got != want {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
	})
}

func TestTenantsAreInTheOrderOfTheirBytes(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db, _ := e.installed(t)
		d := e.directory(t, db)
		want := []tenancy.ID{" a", "10", "9", "A", "B", "_", "a", "a ", "á", "ß"}
		slices.Sort(want)
		for _, id := range slices.Backward(want) {
			if err := d.Declare(t.Context(), tenancy.Tenant{ID: id}); err != nil {
				t.Fatal(err)
			}
		}
		tenants, err := d.Tenants(t.Context())
		var got []tenancy.ID
		for _, tenant := range tenants {
			got = append(got, tenant.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	})
}
