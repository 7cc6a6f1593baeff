package mysql

import (
	"context"
	"errors"
	"slices"
	"strings"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"
)

// lacking is what the user may not do.
type lacking struct {
	update map[string][]string // by table: the columns that the user may not change in rows that are there
	tables map[string][]string // by right: the tables, quoted
	blind  bool                // the user may not see the transactions of others
	makes  []string            // the tables of retenant that are not there, and that the user may not make
}

// grantsQuery lists the rights that the user has in this database, on everything or on a table. A database in a right is a pattern.
const grantsQuery = `
SELECT '' AS table_name, privilege_type AS privilege FROM information_schema.user_privileges WHERE grantee = ?
UNION SELECT '', privilege_type FROM information_schema.schema_privileges WHERE grantee = ? AND DATABASE() LIKE table_schema
UNION SELECT table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = ? AND table_schema = DATABASE()`

// lacking compares the user's rights with what a refresh needs. What the catalog does not say, because a right comes from a role, is asked of the
// server by an EXPLAIN: that needs the rights of its statement, and does nothing.
func (s *server) lacking(ctx context.Context, conn *sqlx.Conn, tables []tableRow, columns []columnRow, readOnly bool) (lacking, error) {
	l := lacking{tables: map[string][]string{}, update: map[string][]string{}}
	var rows []struct {
		Table     string `db:"table_name"`
		Privilege string `db:"privilege"`
	}
	if err := conn.SelectContext(ctx, &rows, grantsQuery, s.grantee, s.grantee, s.grantee); err != nil {
		return l, err
	}
	granted := map[string]bool{}
	for _, r := range rows {
		granted[place(r.Table, r.Privilege)] = true
	}
	has := func(table, privilege string) bool {
		return granted[place("", privilege)] || granted[place(table, privilege)]
	}
	state := map[string]bool{}
	var there []string
	if err := conn.SelectContext(ctx, &there, "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN "+stateNames()); err != nil {
		return l, err
	}
	need := map[string][]string{}
	for _, t := range tables {
		need[t.Name] = []string{"SELECT"}
		if !readOnly {
			need[t.Name] = []string{"SELECT", "INSERT", "DELETE", "TRIGGER"}
		}
	}
	for _, name := range there {
		state[name] = true
		if !readOnly {
			need[name] = []string{"SELECT", "INSERT", "UPDATE"}
		}
	}
	for table, privileges := range need {
		for _, privilege := range privileges {
			if has(table, privilege) {
				continue
			}
			may, err := s.ask(ctx, conn, table, privilege)
			if err != nil {
				return l, err
			}
			if !may {
				l.tables[privilege] = append(l.tables[privilege], table)
			}
		}
	}
	for _, names := range l.tables {
		slices.Sort(names)
	}
	for _, column := range columns {
		if _, listed := need[column.Table]; readOnly || !listed || has(column.Table, "UPDATE") {
			continue
		}
		name := quote(column.Name)
		may, err := s.explains(ctx, conn, "UPDATE "+quote(column.Table)+" SET "+name+" = "+name+" WHERE 1 = 0")
		if err != nil {
			return l, err
		}
		if !may {
			l.update[column.Table] = append(l.update[column.Table], column.Name)
		}
	}
	if !readOnly {
		may, err := s.may(ctx, conn, "SELECT count(*) FROM information_schema.innodb_trx")
		if err != nil {
			return l, err
		}
		l.blind = !may
	}
	for _, t := range stateTables {
		if !readOnly && !state[t.name] && !s.role && !has(t.name, "CREATE") {
			l.makes = append(l.makes, t.name)
		}
	}
	return l, nil
}

// ask asks the server whether the user may do something to a table.
func (s *server) ask(ctx context.Context, conn *sqlx.Conn, table, privilege string) (bool, error) {
	statement := map[string]string{"SELECT": "SELECT 1 FROM %s LIMIT 0", "INSERT": "INSERT INTO %s () VALUES ()", "DELETE": "DELETE FROM %s WHERE 1 = 0"}[privilege]
	if statement == "" { // no statement needs the right and does nothing
		return s.role, nil
	}
	return s.explains(ctx, conn, strings.Replace(statement, "%s", quote(table), 1))
}

// explains tells whether the user may run a statement.
func (s *server) explains(ctx context.Context, conn *sqlx.Conn, statement string) (bool, error) {
	return s.may(ctx, conn, "EXPLAIN "+statement)
}

// may runs a statement and tells whether the user may.
func (s *server) may(ctx context.Context, conn *sqlx.Conn, statement string) (bool, error) {
	rows, err := conn.QueryContext(ctx, statement)
	var refused *driver.MySQLError
	if errors.As(err, &refused) {
		return !slices.Contains([]uint16{1044, 1142, 1143, 1227}, refused.Number), nil
	}
	if err != nil {
		return false, err
	}
	return true, rows.Close()
}
