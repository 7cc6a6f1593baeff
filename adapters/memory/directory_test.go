package memory_test

import (
	"errors"
	"testing"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

func TestDirectory(t *testing.T) {
	adaptertest.Directory(t, adaptertest.DirectoryHarness{New: func(*testing.T) adaptertest.DirectoryUnderTest {
		d := memory.NewDirectory()
		return adaptertest.DirectoryUnderTest{Directory: d, Declare: d.Declare, Configure: adaptertest.Configuring(d)}
	}})
}

func TestA26_ChangeSettings(t *testing.T) {
	d := memory.NewDirectory(tenancy.Tenant{ID: "b", Kind: tenancy.Sandbox}, tenancy.Tenant{ID: "a", Kind: tenancy.Production})
	if _, err := d.Change(t.Context(), "b", tenancy.Settings.EnableCallouts); !errors.Is(err, tenancy.ErrCommunicationsOff) {
		t.Fatalf("callouts before communications: %v", err)
	}
	enable := func(s tenancy.Settings) (tenancy.Settings, error) { return s.EnableCommunications(), nil }
	if s, err := d.Change(t.Context(), "b", enable); err != nil || !s.Communications() || s.Callouts() {
		t.Fatalf("A25 enabling communications: %v, %v", s, err)
	}
	if s, err := d.Change(t.Context(), "b", tenancy.Settings.EnableCallouts); err != nil || !s.Callouts() {
		t.Fatalf("callouts after communications: %v, %v", s, err)
	}
	all, err := d.Tenants(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != "a" || !all[1].Settings.Callouts() {
		t.Fatalf("Tenants: %+v, %v", all, err)
	}
	if err := d.Close(t.Context(), "b", tenancy.Outage{Run: string(refresh.RunID("r1"))}); err != nil {
		t.Fatal(err)
	}
	if s, err := d.Change(t.Context(), "b", enable); !errors.Is(err, tenancy.ErrUnderRefresh) || !s.Callouts() {
		t.Fatalf("a change while a run has closed the tenant: %v, %v", s, err)
	}
}
