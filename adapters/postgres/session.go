package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/tenancy"
)

// landingName is the application name of a landing's session, by which other landings know it.
const landingName = "retenant landing"

// formats make the server write values as package schema documents them, and refuse to leave out rows that a policy hides.
var formats = [][2]string{
	{"TimeZone", "UTC"}, {"DateStyle", "ISO, YMD"}, {"IntervalStyle", "postgres"}, {"bytea_output", "hex"}, {"extra_float_digits", "1"},
	{"standard_conforming_strings", "on"}, {"row_security", "off"},
}

// Limits of a session, for its transaction. What the role or the database sets by default does not apply.
var (
	// snapshotLimits let a snapshot be idle while its rows are written and verified, and end one that nobody uses any more.
	snapshotLimits = [][2]string{{"statement_timeout", "0"}, {"transaction_timeout", "0"}, {"idle_in_transaction_session_timeout", "1d"}, {"lock_timeout", "30s"}}
	// stageLimits see to it that a stage neither waits for others' locks nor holds its own for long without work.
	stageLimits = [][2]string{{"statement_timeout", "0"}, {"transaction_timeout", "0"}, {"idle_in_transaction_session_timeout", "5min"}, {"lock_timeout", "30s"},
		{"application_name", landingName}}
)

// setLocal makes settings for the rest of the transaction. Those that the server does not know are left out.
func setLocal(ctx context.Context, conn *sqlx.Conn, settings ...[][2]string) error {
	var values []string
	for _, list := range settings {
		for _, s := range list {
			values = append(values, "('"+s[0]+"', '"+s[1]+"')")
		}
	}
	_, err := conn.ExecContext(ctx, `SELECT set_config(s.name, v.value, true) FROM pg_settings s JOIN (VALUES `+strings.Join(values, ", ")+`) v (name, value) ON lower(v.name) = lower(s.name)`)
	return err
}

// BeginSnapshot implements [sqldata.Dialect]. The time is that of the transaction's start: all that was committed before it is in the view.
func (dialect) BeginSnapshot(ctx context.Context, conn *sqlx.Conn) (time.Time, error) {
	var at time.Time
	if _, err := conn.ExecContext(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"); err != nil {
		return at, err
	}
	if err := setLocal(ctx, conn, formats, snapshotLimits); err != nil {
		return at, err
	}
	err := conn.GetContext(ctx, &at, "SELECT now()")
	return at, err
}

// BeginStage implements [sqldata.Dialect].
func (d dialect) BeginStage(ctx context.Context, conn *sqlx.Conn) error {
	suspends, err := maySuspend(ctx, conn)
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE"); err != nil {
		return err
	}
	if err := setLocal(ctx, conn, formats, stageLimits); err != nil {
		return err
	}
	// A landing that the client has been told of must not be lost with the server.
	if _, err := conn.ExecContext(ctx, `SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`); err != nil {
		return err
	}
	checking := "SET CONSTRAINTS ALL DEFERRED"
	if suspends {
		checking = "SET LOCAL session_replication_role = replica"
	}
	_, err = conn.ExecContext(ctx, checking)
	return err
}

// Claim implements [sqldata.Claimer]. A landing holds an advisory lock on its tenant, by which a later one finds its session: a runner that was
// paused for longer than its lease keeps its rows locked otherwise.
func (dialect) Claim(ctx context.Context, conn *sqlx.Conn, tenant tenancy.ID, current func() error) error {
	var key int64
	err := conn.GetContext(ctx, &key, `SELECT hashtextextended('retenant landing ' || $1::text, 0)`, string(tenant))
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_xact_lock_shared($1::bigint)`, key); err != nil {
		return err
	}
	if err := current(); err != nil { // a runner that was paused until now must not end the landing of the one that took over
		return err
	}
	_, err = conn.ExecContext(ctx, `SELECT pg_terminate_backend(pid) FROM pg_locks
		WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = $1::bigint AND pid <> pg_backend_pid()
		  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, key)
	return err
}

// maySuspend tells whether the role may suspend triggers and checks for its own session.
func maySuspend(ctx context.Context, conn *sqlx.Conn) (bool, error) {
	var version int
	var may bool
	err := conn.QueryRowxContext(ctx, `SELECT current_setting('server_version_num')::integer, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)`).Scan(&version, &may)
	if err != nil || may || version < 150000 {
		return may, err
	}
	err = conn.GetContext(ctx, &may, `SELECT has_parameter_privilege('session_replication_role', 'SET')`)
	return may, err
}

// End implements [sqldata.Dialect]. All settings are those of the transaction and end with it.
func (dialect) End(ctx context.Context, conn *sqlx.Conn) error {
	idle := false
	err := conn.Raw(func(driver any) error {
		if c, ok := driver.(*stdlib.Conn); ok {
			idle = c.Conn().PgConn().TxStatus() == 'I' && !c.Conn().IsClosed()
		}
		return nil
	})
	if err != nil || idle {
		return err
	}
	_, err = conn.ExecContext(ctx, "ROLLBACK")
	return err
}

// Changes implements [sqldata.Dialect]. The server counts for each transaction what is done to every table, whoever does it.
func (dialect) Changes(ctx context.Context, conn *sqlx.Conn) (int64, error) {
	var n int64
	err := conn.GetContext(ctx, &n, `SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_xact_user_tables`)
	if err != nil {
		return 0, fmt.Errorf("counting the transaction's changes: %w", err)
	}
	return n, nil
}
