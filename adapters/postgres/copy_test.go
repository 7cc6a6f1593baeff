package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/refresh"
)

// everyType is a table with a column of each type, and with generated and identity columns.
const everyType = `CREATE TABLE every (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id varchar(4), up bigint REFERENCES every DEFERRABLE,
	b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric, n2 numeric(12,2), t text, v varchar(30), c char(8), nm name, ci citext,
	raw bytea, u uuid, d date, clock time, at timestamp, atz timestamptz, j json, jb jsonb, m mood, dom code, len integer GENERATED ALWAYS AS (length(t)) STORED %s)`

// everyValue fills it: NULLs, empty values, extremes.
var everyValues = []string{
	"NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
	`false, -32768, -2147483648, -9223372036854775808, '-0', '-0', 0, 0, '', '', '', '', '', '', '00000000-0000-0000-0000-000000000000', '4714-11-24 BC', '00:00', '4714-11-24 00:00:00 BC',
	 '4714-11-24 00:00:00+00 BC', '{"b":1,  "b":2}', '{"b":1,  "b":2}', 'glad', 'ab'`,
	`true, 32767, 2147483647, 9223372036854775807, 'Infinity', '-Infinity', 'NaN', 9999999999.99, E'it''s "q" \\ \n\t日本 🙂', 'ünï', 'ends  ', 'pg', 'MiXed', '\x00ff5c0a', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
	 'infinity', '24:00', 'infinity', '-infinity', 'null', 'null', 'so-so', 'zz'`,
	`true, 1, 1, 1, 'NaN', 'NaN', 'Infinity', -0.01, repeat('long ', 40000), 'x', ' x', 'y', 'y', decode(repeat('00ff', 50000), 'hex'), 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '5874897-12-31', '23:59:59.999999',
	 '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '"x"', '[1e400]', 'glad', 'q'`,
	`false, 0, 0, 0, '1e-45', '5e-324', '1e-16383', 0.10, 'p', 'p', 'p', 'p', 'p', 'p', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '0001-12-31 BC', '01:02:03.1', '2026-03-29 02:30:00.000001',
	 '2026-03-29 02:30:00.5+13', '{}', '{}', 'glad', 'p'`,
}

func newEveryHost(t *testing.T, more, rules string) *host {
	t.Helper()
	h := newHost(t, testdb.Postgres(t), rules)
	must(t, h.db, "CREATE EXTENSION citext", "CREATE TYPE mood AS ENUM ('glad', 'so-so')", "CREATE DOMAIN code AS varchar(5) CHECK (value <> 'x')", fmt.Sprintf(everyType, more))
	for _, values := range everyValues {
		must(t, h.db, "INSERT INTO every (tenant_id, b, i2, i4, i8, f4, f8, n, n2, t, v, c, nm, ci, raw, u, d, clock, at, atz, j, jb, m, dom) VALUES ('7', "+values+"), ('3', "+values+")")
	}
	must(t, h.db, "UPDATE every e SET up = (SELECT min(id) FROM every o WHERE o.tenant_id = e.tenant_id AND o.id > e.id)",
		"INSERT INTO every (tenant_id, t) VALUES ('12', 'of the target'), ('13', 'of the other target')")
	return h
}

const everyColumns = "b, i2, i4, i8, f4, f8, n, n2, t, v, c, nm, ci, raw, u, d, clock, at, atz, j, jb, m, dom"

// rulesFor gives the same rule to many columns.
func rulesFor(rule func(column string) string) string {
	var b strings.Builder
	b.WriteString("  every:\n    columns:\n")
	for _, column := range strings.Split(everyColumns, ", ") {
		b.WriteString("      " + column + ": " + rule(column) + "\n")
	}
	return b.String()
}

const content = "SELECT ROW(" + everyColumns + ", len)::text FROM every WHERE tenant_id = '%s' ORDER BY 1"

// TestN9_EveryTypeOnBothPaths copies a table with every type to one tenant by the fast and to another by the portable path. The runs verify the digests
// of what was read, in binary or as text, against what the target holds, as text.
func TestN9_EveryTypeOnBothPaths(t *testing.T) {
	passed := rulesFor(func(string) string { return "{pass: test}" })
	fixed := map[string]string{"b": "true", "i2": "-7", "i4": "70000", "i8": "-5000000000", "f4": "0.1", "f8": "1e+21", "n": "-123456.0789", "n2": "-0.50", "t": "ü", "v": "v", "c": "c", "nm": "nm",
		"ci": "Ci", "raw": "raw", "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "d": "2026-02-28", "clock": "23:59:59.5", "at": "1999-12-31 23:59:59.999999", "atz": "2026-02-28 01:02:03+00",
		"j": "{}", "jb": "{}", "m": "so-so", "dom": "zz"}
	for name, c := range map[string]struct {
		more, rules string
		fast        bool
	}{
		"passed":                 {"", passed, true},
		"fixed":                  {"", rulesFor(func(column string) string { return fmt.Sprintf("{fixed: %q}", fixed[column]) }), true},
		"null":                   {"", rulesFor(func(string) string { return "{mask: \"null\"}" }), true},
		"with types not in fast": {", span interval DEFAULT '1 mon -2 days 00:00:00.5', tags text[] DEFAULT '{a,NULL,\"b,c\"}'", passed + "      span: {pass: test}\n      tags: {pass: test}\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newEveryHost(t, c.more, c.rules)
			source := h.rows(fmt.Sprintf(content, "7"))
			others := h.rows("SELECT e::text FROM every e WHERE tenant_id IN ('7', '3') ORDER BY id")
			if _, err := h.refresh(sandbox); err != nil {
				t.Fatal(err)
			}
			h.runner.Portable = true
			if _, err := h.refresh(partner); err != nil {
				t.Fatal(err)
			}
			first, second := h.rows(fmt.Sprintf(content, "12")), h.rows(fmt.Sprintf(content, "13"))
			if first != second {
				t.Errorf("the fast path made\n%.3000s\nand the portable one\n%.3000s", first, second)
			}
			if name != "fixed" && name != "null" && first != source {
				t.Errorf("the copy is\n%.3000s\ninstead of\n%.3000s", first, source)
			}
			if n := h.rows("SELECT count(*)::text FROM every WHERE tenant_id = '12'"); n != fmt.Sprint(len(everyValues)) {
				t.Errorf("the copy has %s rows instead of %d", n, len(everyValues))
			}
			if after := h.rows("SELECT e::text FROM every e WHERE tenant_id IN ('7', '3') ORDER BY id"); after != others {
				t.Error("rows of other tenants changed")
			}
			if n := h.rows("SELECT count(*)::text FROM every e JOIN every o ON o.id = e.up AND o.tenant_id = e.tenant_id WHERE e.tenant_id IN ('12', '13')"); n != "8" {
				t.Errorf("%s references within the copies instead of 8", n)
			}
			if done := copies(t, h); done != c.fast {
				t.Errorf("taken by the fast path: %t", done)
			}
		})
	}
}

// copies tells whether the fast path takes the table, by a stage that is then thrown away.
func copies(t *testing.T, h *host) bool {
	t.Helper()
	done := false
	h.runner.Portable = false
	h.runner.Target = watched{h.data, &done}
	defer func() { h.runner.Target = h.data }()
	if _, err := h.refresh(sandbox); err != nil {
		t.Fatal(err)
	}
	return done
}

// watched notes whether a stage took rows by its own path.
type watched struct {
	refresh.Target
	done *bool
}

func (w watched) Begin(ctx context.Context, landing refresh.Landing) (refresh.Stage, error) {
	stage, err := w.Target.Begin(ctx, landing)
	if err != nil {
		return nil, err
	}
	return watchedStage{stage, stage.(refresh.Copier), w.done}, nil
}

type watchedStage struct {
	refresh.Stage
	refresh.Copier
	done *bool
}

func (w watchedStage) Copy(ctx context.Context, snapshot refresh.Snapshot, from, to refresh.Extent, transform *refresh.Transform, progress func(rows, bytes int64)) (bool, error) {
	done, err := w.Copier.Copy(ctx, snapshot, from, to, transform, progress)
	*w.done = done
	return done, err
}

// TestD23_ValuesThatDoNotFitAreRefused holds both paths to refusing a value that the column cannot take, rather than cutting it, and to not showing it.
func TestD23_ValuesThatDoNotFitAreRefused(t *testing.T) {
	for _, portable := range []bool{false, true} {
		h := newHost(t, testdb.Postgres(t), "  people:\n    columns:\n      name: {pass: test}\n")
		must(t, h.db, "CREATE TABLE people (id bigserial PRIMARY KEY, tenant_id integer, name varchar(10))", "INSERT INTO people (tenant_id, name) SELECT 7, 'Somebody' FROM generate_series(1, 5000)",
			"INSERT INTO people (tenant_id, name) VALUES (12, 'of old')")
		h.runner.Portable = portable
		h.runner.Inject = func(ctx context.Context, step string, after bool) error {
			if step == "copy" && !after { // the plan was made; now a constraint tells one copy from the others
				must(t, h.db, "ALTER TABLE people ADD CONSTRAINT nobody CHECK (tenant_id = 7 OR name <> 'Somebody') NOT VALID")
			}
			return nil
		}
		before := runningGoroutines()
		_, err := h.refresh(sandbox)
		if err == nil || strings.Contains(err.Error(), "Somebody") || !strings.Contains(err.Error(), "constraint nobody") {
			t.Errorf("by the portable path %t: %v", portable, err)
		}
		if got := h.rows("SELECT name FROM people WHERE tenant_id = 12"); got != "of old" {
			t.Errorf("after a failed landing the target has %.200q", got)
		}
		goleak.VerifyNone(t, before)
	}
}

func runningGoroutines() goleak.Option { return goleak.IgnoreCurrent() }

// TestD7_CopyEndsWithItsContext ends a copy in the middle of the rows.
func TestD7_CopyEndsWithItsContext(t *testing.T) {
	h := newHost(t, testdb.Postgres(t), "  people:\n    columns:\n      name: {mask: first_name}\n")
	must(t, h.db, "CREATE TABLE people (id bigserial PRIMARY KEY, tenant_id integer, name text)", "INSERT INTO people (tenant_id, name) SELECT 7, 'Somebody' FROM generate_series(1, 100000)",
		"INSERT INTO people (tenant_id, name) VALUES (12, 'of old')")
	before := runningGoroutines()
	target := cancelling{Target: h.data}
	h.runner.Target = &target
	_, err := h.refresh(sandbox)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a copy whose context was cancelled ended with %v", err)
	}
	if !target.reached {
		t.Error("the copy was over before it could be cancelled")
	}
	if got := h.rows("SELECT name FROM people WHERE tenant_id = 12"); got != "of old" {
		t.Errorf("after a cancelled landing the target has %.200q", got)
	}
	goleak.VerifyNone(t, before)
	h.runner.Target = h.data
	if _, err := h.refresh(partner); err != nil {
		t.Errorf("the pool does not recover: %v", err)
	}
}

// cancelling ends the copy's context at its first progress.
type cancelling struct {
	refresh.Target
	reached bool
}

func (c *cancelling) Begin(ctx context.Context, landing refresh.Landing) (refresh.Stage, error) {
	stage, err := c.Target.Begin(ctx, landing)
	return cancellingStage{stage, c}, err
}

type cancellingStage struct {
	refresh.Stage
	target *cancelling
}

func (c cancellingStage) Copy(ctx context.Context, snapshot refresh.Snapshot, from, to refresh.Extent, transform *refresh.Transform, progress func(rows, bytes int64)) (bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return c.Stage.(refresh.Copier).Copy(ctx, snapshot, from, to, transform, func(rows, bytes int64) {
		progress(rows, bytes)
		c.target.reached = true
		cancel()
		time.Sleep(20 * time.Millisecond)
	})
}
