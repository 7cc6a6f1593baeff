package mysql

import (
	"context"
	"errors"
	"fmt"
	"math"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/tenancy/schema"
)

// InnoDB hands out keys from a counter in memory, which no statement sets without waiting for every reader of the table. What can be had is
// this: an INSERT of several rows takes the keys of all of them from the counter at once, in steps that the session chooses; and
// the counter does not go back when the rows are rolled back. So a reservation inserts some rows in large steps, notes the keys, and rolls back to a
// savepoint. Nobody else gets a key between the first and the last one, whatever happens meanwhile; no lock is held that others wait for.

const (
	probeRows = 256   // of a reservation, unless the largest step is too small for that
	maxStep   = 65535 // of auto_increment_increment
)

// loosen lets rows in that say nothing but what they must; tighten is its end.
var (
	loosen  = "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'"
	tighten = "SET SESSION sql_mode = '" + modes + "', SESSION auto_increment_increment = 1, SESSION auto_increment_offset = 1"
)

// Reserve implements [sqldata.Dialect]. What becomes of the landing does not matter: numbers are left out, never handed out twice.
func (d dialect) Reserve(ctx context.Context, conn *sqlx.Conn, table *schema.Table, column schema.Column, above, n int64) (first int64, err error) {
	if n <= 0 {
		return 0, errors.New("a reservation takes at least one key")
	}
	if column.Sequence == "" {
		return 0, fmt.Errorf("no counter hands out the values of %s; ALTER TABLE %s MODIFY %s %s NOT NULL AUTO_INCREMENT", column.Name, table.SQL, quote(column.Name), column.Declared)
	}
	maria, err := isMaria(ctx, conn)
	if err != nil {
		return 0, err
	}
	loosen, tighten := loosen, tighten
	if maria { // MySQL cannot leave its checks out
		loosen, tighten = loosen+", SESSION check_constraint_checks = 0", tighten+", SESSION check_constraint_checks = 1"
	}
	for _, statement := range []string{"SAVEPOINT retenant_reserve", loosen} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return 0, err
		}
	}
	defer func() {
		for _, statement := range []string{tighten, "ROLLBACK TO SAVEPOINT retenant_reserve", "RELEASE SAVEPOINT retenant_reserve"} {
			if _, failed := conn.ExecContext(ctx, statement); failed != nil {
				err = errors.Join(err, failed)
				return
			}
		}
	}()
	return d.reserve(ctx, conn, table, column, above, n)
}

func (d dialect) reserve(ctx context.Context, conn *sqlx.Conn, table *schema.Table, column schema.Column, above, n int64) (int64, error) {
	p, err := d.newProbe(ctx, conn, table, column)
	if err != nil {
		return 0, err
	}
	name := quote(column.Name)
	var highest int64 // rows may be above the counter that were changed after they were made
	if err := conn.GetContext(ctx, &highest, "SELECT coalesce(max("+name+"), 0) FROM "+table.SQL); err != nil {
		return 0, err
	}
	highest = max(highest, above)
	counter, err := counterOf(ctx, conn, table)
	if err != nil {
		return 0, err
	}
	_, limit := integerRange(column)
	var rows, step int64
	base := max(counter, highest+1)
	fits := highest < limit && n <= limit-base
	if fits {
		rows, step = spread(n)
		fits = limit-base >= 2*step+2 && (limit-base-2*step-2)/rows >= step // the server takes a step for each row
	}
	if !fits {
		return 0, fmt.Errorf("%d keys for %s.%s do not fit between its highest value or its counter, %d, and the limit of %d; ALTER TABLE %s MODIFY %s bigint NOT NULL AUTO_INCREMENT",
			n, table.Name, column.Name, base, limit, table.SQL, name)
	}
	if counter <= highest {
		if _, err := p.insert(ctx, conn, 1, highest+1); err != nil {
			return 0, err
		}
		counter = highest + 2
	}
	settings := fmt.Sprintf("SET SESSION auto_increment_increment = %d, SESSION auto_increment_offset = %d", step, (counter-1)%step+1)
	if _, err := conn.ExecContext(ctx, settings); err != nil {
		return 0, err
	}
	first, err := p.insert(ctx, conn, rows, 0)
	if err != nil {
		return 0, err
	}
	var held int64
	err = conn.GetContext(ctx, &held, "SELECT count(*) FROM "+table.SQL+" WHERE "+name+" BETWEEN ? AND ?", first, first+(rows-1)*step)
	if err == nil && (held != rows || first <= highest) {
		err = fmt.Errorf("the keys that the server handed out for %s.%s are not consecutive; let one server take the writes, and run again", table.Name, column.Name)
	}
	return first, err
}

// spread returns how many rows take n keys, and in which steps: from the first row's key to the last one's there are n or more.
func spread(n int64) (rows, step int64) {
	if n <= probeRows {
		return n, 1
	}
	rows = max(probeRows, (n-1+maxStep-1)/maxStep+1)
	return rows, (n - 1 + rows - 2) / (rows - 1)
}

// counterOf returns the key that the next row would get, about.
func counterOf(ctx context.Context, conn *sqlx.Conn, table *schema.Table) (int64, error) {
	var counter *uint64
	err := conn.GetContext(ctx, &counter, "SELECT auto_increment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?", table.Name)
	if err != nil || counter == nil {
		return 1, err
	}
	return int64(min(*counter, math.MaxInt64)), nil
}

// duplicate tells whether a row was refused because of a value that another has.
func duplicate(err error) bool {
	var e *driver.MySQLError
	return errors.As(err, &e) && (e.Number == 1062 || e.Number == 1586)
}
