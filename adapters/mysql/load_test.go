package mysql_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/refresh"
)

// watched notes whether a stage took rows by its own path.
type watched struct {
	refresh.Target
	done *bool
	each func() // called with each step
}

func (w watched) Begin(ctx context.Context, landing refresh.Landing) (refresh.Stage, error) {
	stage, err := w.Target.Begin(ctx, landing)
	if err != nil {
		return nil, err
	}
	return watchedStage{stage, stage.(refresh.Copier), w}, nil
}

type watchedStage struct {
	refresh.Stage
	refresh.Copier
	by watched
}

func (w watchedStage) Copy(ctx context.Context, snapshot refresh.Snapshot, from, to refresh.Extent, transform *refresh.Transform, progress func(rows, bytes int64)) (bool, error) {
	done, err := w.Copier.Copy(ctx, snapshot, from, to, transform, func(rows, bytes int64) {
		w.by.each()
		progress(rows, bytes)
	})
	*w.by.done = done
	return done, err
}

// TestAServerWithoutLoadData has one that takes no lines from a client: rows then go by INSERT, and become the same.
func TestAServerWithoutLoadData(t *testing.T) {
	h := people(t)
	var loaded bool
	h.runner.Target = watched{h.data, &loaded, func() {}}
	var rows []string
	for setting, want := range map[string]bool{"ON": true, "OFF": false} {
		must(t, h.db, "SET GLOBAL local_infile = "+setting)
		t.Cleanup(func() { must(t, h.db, "SET GLOBAL local_infile = ON") })
		if _, err := h.refresh(sandbox); err != nil {
			t.Fatal(err)
		}
		if loaded != want {
			t.Errorf("local_infile %s: the rows were loaded: %t", setting, loaded)
		}
		rows = append(rows, h.sandboxRows())
	}
	if rows[0] != rows[1] || strings.Count(rows[0], "\n") != 2 {
		t.Errorf("both ways make %q", rows)
	}
}

// TestWarningsOfLoadDataAreErrors has a row that the server leaves out, and says so in a warning only.
func TestWarningsOfLoadDataAreErrors(t *testing.T) {
	db := open(t, testdb.MySQL(t))
	must(t, db, "CREATE TABLE people (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id bigint NOT NULL, name varchar(60) CHECK (name <> 'secret'))", "INSERT INTO people (tenant_id, name) VALUES (7, 'Ann'), (12, 'Old')")
	for _, portable := range []bool{false, true} {
		h := newHost(t, "  people: {columns: {name: {fixed: secret}}}\n", db)
		h.runner.Portable = portable
		_, err := h.refresh(sandbox)
		if err == nil || !strings.Contains(err.Error(), "constraint people.name: a row does not meet its condition") || strings.Contains(err.Error(), "secret") {
			t.Errorf("portable %t: %v", portable, err)
		}
		if got := h.sandboxRows(); got != "2 Old" {
			t.Errorf("portable %t: the target has %q", portable, got)
		}
	}
}

// TestD7_CopyEndsWithItsContext cancels while rows are on the way.
func TestD7_CopyEndsWithItsContext(t *testing.T) {
	h := people(t)
	must(t, h.db, "INSERT INTO people (tenant_id, name) SELECT 7, repeat('x', 50) FROM seq_1_to_60000")
	before := h.sandboxRows()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	steps, loaded := 0, false
	h.runner.Target = watched{h.data, &loaded, func() {
		if steps++; steps == 2 {
			cancel()
		}
	}}
	h.ctx = ctx
	_, err := h.refresh(sandbox)
	if !errors.Is(err, context.Canceled) || steps < 2 || steps > 5 {
		t.Errorf("%d steps, %v", steps, err)
	}
	if got := h.sandboxRows(); got != before {
		t.Errorf("the target has %.200q", got)
	}
	h.runner.Target = h.data
	if done, err := h.runner.Run(t.Context(), "run-1"); err != nil || done.State != refresh.Opened {
		t.Errorf("the next run ends %s, %v", done.State, err)
	}
}
