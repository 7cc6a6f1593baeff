package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"time"

	mysql "github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/refresh"
)

// stale is for how long the server shows what it looked up for whoever asked before.
const stale = 120 * time.Millisecond

// openQuery reads the transactions that have written or locked a row. Landings hold a lock on their own session's name, and do not count.
const openQuery = `SELECT t.trx_mysql_thread_id AS session, concat(p.user, ' ', p.host) AS client, CAST(UNIX_TIMESTAMP(t.trx_started) AS SIGNED) AS begun
FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
WHERE p.db = DATABASE() AND t.trx_is_read_only = 0 AND t.trx_mysql_thread_id <> CONNECTION_ID() AND (t.trx_rows_modified > 0 OR t.trx_lock_structs > 0)
  AND coalesce(IS_USED_LOCK(concat('retenant session ', t.trx_mysql_thread_id)), 0) <> t.trx_mysql_thread_id ORDER BY t.trx_started, t.trx_mysql_thread_id`

// OpenTransactions implements [sqldata.Drainer]: transactions of this database that have written or locked a row and began before the mark, to the second. One
// that has only read so far counts as soon as it writes. A user without the right PROCESS sees none; a plan warns of that.
func (dialect) OpenTransactions(ctx context.Context, conn *sqlx.Conn, mark []byte) (open []refresh.Transaction, next []byte, err error) {
	from := int64(0)
	if mark != nil {
		if from, err = strconv.ParseInt(string(mark), 10, 64); err != nil {
			return nil, nil, fmt.Errorf("the mark of the drain, %q, cannot be read", mark)
		}
	}
	select {
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	case <-time.After(stale):
	}
	var rows []struct {
		Session int64  `db:"session"`
		Client  string `db:"client"`
		Begun   int64  `db:"begun"`
	}
	var now int64
	err = inUTC(ctx, conn, func() error {
		if err := conn.GetContext(ctx, &now, "SELECT CAST(UNIX_TIMESTAMP() AS SIGNED)"); err != nil {
			return err
		}
		return conn.SelectContext(ctx, &rows, openQuery)
	})
	var refused *mysql.MySQLError
	if errors.As(err, &refused) && refused.Number == 1227 {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if mark == nil {
		from = now
	}
	for _, r := range rows {
		if r.Begun <= from {
			open = append(open, refresh.Transaction{Session: strconv.FormatInt(r.Session, 10), Client: r.Client, Age: time.Duration(max(0, now-r.Begun)) * time.Second})
		}
	}
	return open, strconv.AppendInt(nil, from, 10), nil
}

// inUTC does something on a session in which no time of day comes twice in a night, and leaves the session as it was.
func inUTC(ctx context.Context, conn *sqlx.Conn, do func() error) error {
	var zone string
	if err := conn.GetContext(ctx, &zone, "SELECT @@SESSION.time_zone"); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "SET SESSION time_zone = '+00:00'"); err != nil {
		return err
	}
	err := do()
	if _, failed := conn.ExecContext(context.WithoutCancel(ctx), "SET SESSION time_zone = ?", zone); failed != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // thrown away
	}
	return err
}
