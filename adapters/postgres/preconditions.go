package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/tenancy/schema"
)

// oldestVersion is the first one that can tell which transactions are open by their 64-bit number.
const oldestVersion = 130000

// stateRow is what the role may do with the tables of retenant.
type stateRow struct {
	Name  string `db:"name"`
	Found bool   `db:"found"`
	May   bool   `db:"may"` // read and write, where it is there
	Make  bool   `db:"may_make"`
}

func readState(ctx context.Context, conn *sqlx.Conn) ([]stateRow, error) {
	var rows []stateRow
	err := conn.SelectContext(ctx, &rows, `
SELECT name, to_regclass(name) IS NOT NULL AS found,
  coalesce(has_table_privilege(to_regclass(name)::oid, 'SELECT') AND has_table_privilege(to_regclass(name)::oid, 'INSERT') AND has_table_privilege(to_regclass(name)::oid, 'UPDATE'), false) AS may,
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_make
FROM `+stateNames())
	return rows, err
}

// preconditions returns what has to be mended first, each with the statement that does it.
func (c *catalog) preconditions(readOnly bool, state []stateRow) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if c.server.Version < oldestVersion {
		add("the server's version is %d, and retenant needs PostgreSQL 13 or later", c.server.Version/10000)
	}
	if len(c.server.Schemas) == 0 {
		add("no schema of the search path exists, or the role may use none: set search_path for the role, or GRANT USAGE ON SCHEMA … TO %s", c.server.Role)
	}
	c.tablePreconditions(readOnly, add)
	if readOnly {
		return list
	}
	if c.server.ReadOnly {
		add("the server or the role is read-only: name the primary server as the target, or ALTER ROLE %s SET default_transaction_read_only = off", c.server.Role)
	}
	if !c.server.Counts {
		add("the server does not count row changes, which prove that a landing touched nothing else: ALTER SYSTEM SET track_counts = on")
	}
	c.outsiderPreconditions(add)
	c.sequencePreconditions(add)
	c.statePreconditions(state, add)
	return list
}

// tablePreconditions puts tables that lack the same rights into one statement.
func (c *catalog) tablePreconditions(readOnly bool, add func(string, ...any)) {
	lacking := map[string][]string{}
	for _, t := range c.tables {
		var rights []string
		for _, right := range []struct {
			name string
			may  bool
		}{{"SELECT", t.Select}, {"INSERT", t.Insert || readOnly}, {"DELETE", t.Delete || readOnly}} {
			if !right.may {
				rights = append(rights, right.name)
			}
		}
		if len(rights) > 0 {
			key := strings.Join(rights, ", ")
			lacking[key] = append(lacking[key], t.Quoted)
		}
		if t.Hidden {
			add("row security hides rows of %s from the role %s: ALTER ROLE %s BYPASSRLS", t.Quoted, c.server.Role, c.server.Role)
		}
		if t.Inherits {
			add("%s inherits from a table or has tables that inherit from it, so that rows would be read twice: make it a partitioned table, or end the inheritance", t.Quoted)
		}
	}
	for _, rights := range []string{"SELECT", "INSERT", "DELETE", "SELECT, INSERT", "SELECT, DELETE", "INSERT, DELETE", "SELECT, INSERT, DELETE"} {
		if tables := lacking[rights]; len(tables) > 0 {
			add("the role lacks rights: GRANT %s ON %s TO %s", rights, strings.Join(tables, ", "), c.server.Role)
		}
	}
}

// sequencePreconditions looks at the sequences of keys of one column, from which keys may be reserved.
func (c *catalog) sequencePreconditions(add func(string, ...any)) {
	var lacking []string
	for _, column := range c.columns {
		if column.Sequence == nil || column.build().Type != schema.Integer || !c.isKey(column.Table, column.Name) {
			continue
		}
		if !*column.MayDraw || !*column.MaySet {
			lacking = append(lacking, *column.Sequence)
		}
		if *column.Increment < 1 {
			add("sequence %s counts down, and keys are reserved upwards: ALTER SEQUENCE %s INCREMENT BY 1, above the highest key", *column.Sequence, *column.Sequence)
		}
		if *column.Cycles {
			add("sequence %s begins anew after its last value and would hand out keys twice: ALTER SEQUENCE %s NO CYCLE", *column.Sequence, *column.Sequence)
		}
	}
	if len(lacking) > 0 {
		slices.Sort(lacking)
		add("the role lacks rights: GRANT USAGE, UPDATE ON SEQUENCE %s TO %s", strings.Join(slices.Compact(lacking), ", "), c.server.Role)
	}
}

func (c *catalog) isKey(table int64, column string) bool {
	return slices.ContainsFunc(c.indexes, func(i indexRow) bool { return i.Table == table && len(i.Columns) == 1 && i.Columns[0] == column })
}

func (c *catalog) statePreconditions(state []stateRow, add func(string, ...any)) {
	var barred []string
	missing := false
	for _, s := range state {
		if !s.Found {
			missing = true
		} else if !s.May {
			barred = append(barred, s.Name)
		}
	}
	if len(c.server.Schemas) == 0 {
		return // said already
	}
	home := dialect{}.Quote(c.server.Schemas[0])
	if missing && !state[0].Make {
		add("the role cannot make the tables of retenant: GRANT CREATE ON SCHEMA %s TO %s", home, c.server.Role)
	}
	if len(barred) > 0 {
		add("the role lacks rights: GRANT SELECT, INSERT, UPDATE ON %s TO %s", strings.Join(barred, ", "), c.server.Role)
	}
}
