package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// A run that is refused before its first step takes its refresh back: nobody may resume what nobody agreed to.
func TestA6_RefusedRunWithdrawsItsRefresh(t *testing.T) {
	ctx := t.Context()
	a := &app{out: io.Discard, err: io.Discard, state: filepath.Join(t.TempDir(), "state.db")}
	s, err := a.openState(ctx, makeState)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for id, kind := range map[tenancy.ID]tenancy.Kind{"prod": tenancy.Production, "box": tenancy.Sandbox} {
		if err := s.directory.Declare(ctx, tenancy.Tenant{ID: id, Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}
	id, err := a.request(ctx, s, refresh.Request{Source: "prod", Target: "box", Purpose: refresh.Develop, By: "dana"}, job{source: "sqlite:/a", target: "sqlite:/b"}, &refresh.Plan{Hash: "plan"})
	if err != nil {
		t.Fatal(err)
	}
	if !s.unbegun(ctx, "box", id, refresh.Admitted) || !s.unbegun(ctx, "box", id, "") || s.unbegun(ctx, "box", id, refresh.Running) || s.unbegun(ctx, "nobody", id, refresh.Admitted) {
		t.Error("it is not told whether the run has begun")
	}
	ended, end := context.WithCancel(ctx)
	end() // as by an interrupt
	err = s.withdraw(ended, id, refresh.ErrPlanChanged)
	if !errors.Is(err, refresh.ErrPlanChanged) || exitCode(err) != exitRefused || !strings.Contains(err.Error(), string(id)) || !strings.HasSuffix(err.Error(), "is withdrawn") {
		t.Errorf("the cause or the refresh is not told: %v", err)
	}
	if known, err := s.store.Refresh(ctx, id); err != nil || known.State != refresh.Cancelled {
		t.Errorf("the refresh is %s, %v; want it cancelled", known.State, err)
	}
	if err := s.withdraw(ctx, "none", refresh.ErrHeld); !errors.Is(err, refresh.ErrHeld) || !errors.Is(err, refresh.ErrUnknownRefresh) {
		t.Errorf("what could not be withdrawn is not told: %v", err)
	}
}
