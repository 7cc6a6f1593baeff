package mysql

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// modes make the server refuse a value that does not fit its column, and take every one that it once took: zero dates, days that no month has, and the
// key 0. Texts come without the spaces that pad a CHAR.
const modes = "STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION"

// Settings of a session. What the server, the user or the DSN set does not apply.
var (
	formats = []string{"time_zone = '+00:00'", "sql_mode = '" + modes + "'", "sql_safe_updates = 0", "sql_select_limit = DEFAULT", "autocommit = 0"}
	// snapshotLimits let a snapshot be idle while its rows are written and verified.
	snapshotLimits = []string{"wait_timeout = 86400", "net_write_timeout = 3600", "lock_wait_timeout = 30"}
	// stageLimits see to it that a stage neither waits for others' locks nor holds its own for long without work.
	stageLimits = []string{"wait_timeout = 300", "net_write_timeout = 300", "net_read_timeout = 300", "lock_wait_timeout = 30", "innodb_lock_wait_timeout = 30",
		"foreign_key_checks = 0", "unique_checks = 1", "auto_increment_increment = 1", "auto_increment_offset = 1"}
	limitsOfMaria = []string{"max_statement_time = 0", "idle_transaction_timeout = 0", "idle_readonly_transaction_timeout = 0", "idle_write_transaction_timeout = 0",
		"check_constraint_checks = 1"}
	limitsOfMySQL = []string{"max_execution_time = 0", "information_schema_stats_expiry = 0"}
)

// errNotReused makes a pool throw a connection away: its settings are no longer those it was opened with.
var errNotReused = errors.New("mysql: the connection is not given back to the pool")

// isMaria tells whether the server is MariaDB.
func isMaria(ctx context.Context, conn *sqlx.Conn) (bool, error) {
	var version string
	err := conn.GetContext(ctx, &version, "SELECT VERSION()")
	maria, _ := versionOf(version)
	return maria, err
}

// set makes settings for the rest of the session.
func set(ctx context.Context, conn *sqlx.Conn, limits []string) error {
	maria, err := isMaria(ctx, conn)
	if err != nil {
		return err
	}
	own := limitsOfMySQL
	if maria {
		own = limitsOfMaria
	}
	var settings []string
	for _, list := range [][]string{formats, limits, own} {
		for _, s := range list {
			settings = append(settings, "SESSION "+s)
		}
	}
	if _, err := conn.ExecContext(ctx, "SET NAMES utf8mb4"); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "SET "+strings.Join(settings, ", "))
	return err
}

// BeginSnapshot implements [sqldata.Dialect]. The time is that of just before the view: all that was committed before it is in the view.
func (dialect) BeginSnapshot(ctx context.Context, conn *sqlx.Conn) (time.Time, error) {
	if err := set(ctx, conn, snapshotLimits); err != nil {
		return time.Time{}, err
	}
	if _, err := conn.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"); err != nil {
		return time.Time{}, err
	}
	var at string
	if err := conn.GetContext(ctx, &at, "SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)"); err != nil {
		return time.Time{}, err
	}
	if _, err := conn.ExecContext(ctx, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"); err != nil {
		return time.Time{}, err
	}
	return time.Parse("2006-01-02 15:04:05.999999", at)
}

// BeginStage implements [sqldata.Dialect]. At REPEATABLE READ the server would lock the gaps between rows too, and with them the inserts of other tenants.
// Without autocommit nothing is ever committed but by the COMMIT, even after the server has rolled the transaction back because of a deadlock.
func (dialect) BeginStage(ctx context.Context, conn *sqlx.Conn) error {
	if err := set(ctx, conn, stageLimits); err != nil {
		return err
	}
	for _, statement := range []string{"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION READ WRITE"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	// The name by which a look at open transactions knows a landing.
	var got *int
	if err := conn.GetContext(ctx, &got, "SELECT GET_LOCK(concat('retenant session ', CONNECTION_ID()), 0)"); err != nil && !unsupported(err) {
		return err
	}
	return nil
}

// End implements [sqldata.Dialect].
func (dialect) End(ctx context.Context, conn *sqlx.Conn) error {
	_, _ = conn.ExecContext(ctx, "ROLLBACK") // the connection's end does it otherwise
	return errNotReused
}

// Claim implements [sqldata.Claimer]. A landing holds a named lock of its tenant until its session ends, by which a later one finds the session: a
// runner that was paused for longer than its lease keeps its rows locked otherwise. Whoever holds the lock before the token is looked at
// has an older one, so that a landing never ends the one that overtook it; the server gives no session the number of another.
func (dialect) Claim(ctx context.Context, conn *sqlx.Conn, tenant tenancy.ID, current func() error) error {
	var database string
	if err := conn.GetContext(ctx, &database, "SELECT coalesce(DATABASE(), '')"); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(database + "\x00" + string(tenant)))
	name := "retenant landing " + hex.EncodeToString(sum[:16])
	claim := func(seconds int) (bool, error) {
		var got *int
		err := conn.GetContext(ctx, &got, "SELECT GET_LOCK(?, ?)", name, seconds)
		return got != nil && *got == 1, err
	}
	claimed, err := claim(0)
	if unsupported(err) {
		return nil // a Galera cluster has no such locks; the older landing then ends by its idle timeout
	}
	if err != nil || claimed {
		return err
	}
	var holder *int64
	if err := conn.GetContext(ctx, &holder, "SELECT IS_USED_LOCK(?)", name); err != nil {
		return err
	}
	if err := current(); err != nil {
		return err
	}
	if holder != nil {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("KILL CONNECTION %d", *holder)); err != nil && !gone(err) {
			return err
		}
	}
	if claimed, err = claim(20); err == nil && !claimed {
		err = errors.New("the session of an older landing on the tenant does not end; end it with KILL, and run again")
	}
	return err
}

// unsupported tells whether the server cannot do something at all.
func unsupported(err error) bool {
	var e *driver.MySQLError
	return errors.As(err, &e) && e.Number == 1235
}

// gone tells whether a session that was to be ended is not there any more.
func gone(err error) bool {
	var e *driver.MySQLError
	return errors.As(err, &e) && e.Number == 1094
}

// Changes implements [sqldata.Dialect]. The server counts for each session what is written to its tables, by triggers too; the engine's own cascades it does
// not count, and a stage has none, because they belong to the checks of foreign keys. Tables that the server makes for its own use count elsewhere on
// MariaDB; the stage has no statement for which MySQL would make one.
func (dialect) Changes(ctx context.Context, conn *sqlx.Conn) (int64, error) {
	var counters []struct {
		Name  string `db:"Variable_name"`
		Value int64  `db:"Value"`
	}
	err := conn.SelectContext(ctx, &counters, "SHOW SESSION STATUS WHERE Variable_name IN ('Handler_write', 'Handler_update', 'Handler_delete')")
	if err == nil && len(counters) != 3 {
		err = errors.New("the server does not say how many rows it has changed")
	}
	var n int64
	for _, c := range counters {
		n += c.Value
	}
	if err != nil {
		return 0, fmt.Errorf("counting the session's changes: %w", err)
	}
	return n, nil
}

// Weight implements [sqldata.Weigher]: MariaDB counts a row of a partitioned table in the table and in the partition.
func (dialect) Weight(ctx context.Context, conn *sqlx.Conn, table *schema.Table) (int64, error) {
	maria, err := isMaria(ctx, conn)
	if err != nil || !maria {
		return 1, err
	}
	var partitioned bool
	err = conn.GetContext(ctx, &partitioned, "SELECT count(*) > 0 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ? AND create_options LIKE '%partitioned%'", table.Name)
	if partitioned {
		return 2, err
	}
	return 1, err
}
