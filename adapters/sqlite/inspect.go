package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// ours is the condition that a name of sqlite_schema is the host's.
const ours = `m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.name NOT LIKE 'retenant\_%' ESCAPE '\' AND m.tbl_name NOT LIKE 'retenant\_%' ESCAPE '\'`

// Inspect implements [sqldata.Dialect].
func (d dialect) Inspect(ctx context.Context, conn *sqlx.Conn) (refresh.Description, error) {
	i := &inspection{ctx: ctx, conn: conn, tables: map[string]*schema.Table{}}
	i.result.Facts.Checking, i.result.Facts.Rebuild, i.result.Facts.ReservesKeys = refresh.CheckedNever, true, true
	for _, read := range []func() error{i.definitions, i.columns, i.checks, i.uniques, i.foreignKeys, i.triggers, i.counters} {
		if err := read(); err != nil {
			return refresh.Description{}, fmt.Errorf("reading the schema: %w", err)
		}
	}
	for _, name := range i.names {
		i.result.Schema.Tables = append(i.result.Schema.Tables, *i.tables[strings.ToLower(name)])
	}
	if err := i.file(d.shared); err != nil {
		return refresh.Description{}, err
	}
	return i.result, i.journal(d.shared)
}

type inspection struct {
	ctx    context.Context
	conn   *sqlx.Conn
	names  []string
	tables map[string]*schema.Table // by name in lower case: SQLite's names do not depend on case
	result refresh.Description
}

func (i *inspection) table(name string) *schema.Table { return i.tables[strings.ToLower(name)] }

// definitions reads the statements that made the schema.
func (i *inspection) definitions() error {
	rows, err := i.conn.QueryxContext(i.ctx, `SELECT m.type, m.name, m.tbl_name, m.sql FROM sqlite_schema m WHERE m.sql IS NOT NULL AND `+ours+` ORDER BY m.rowid`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d refresh.Definition
		if err := rows.Scan(&d.Kind, &d.Name, &d.Table, &d.SQL); err != nil {
			return err
		}
		i.result.Facts.Definitions = append(i.result.Facts.Definitions, d)
		if d.Kind != "table" {
			continue
		}
		if virtual.MatchString(d.SQL) {
			i.result.Facts.Preconditions = append(i.result.Facts.Preconditions,
				fmt.Sprintf("table %s is a virtual table, which cannot be copied row by row; drop it and make it again after the refresh", d.Name))
		}
		i.names = append(i.names, d.Name)
		i.tables[strings.ToLower(d.Name)] = &schema.Table{Name: d.Name, SQL: quote(d.Name)}
	}
	return rows.Err()
}

var virtual = regexp.MustCompile(`(?is)^\s*create\s+virtual\s`)

func (i *inspection) columns() error {
	rows, err := i.conn.QueryxContext(i.ctx, `SELECT m.name, x.name, x.type, x."notnull", x.pk, x.hidden FROM sqlite_schema m, pragma_table_xinfo(m.name) x
		WHERE m.type = 'table' AND `+ours+` ORDER BY m.name, x.cid`)
	if err != nil {
		return err
	}
	defer rows.Close()
	keys := map[string]map[int]string{}
	for rows.Next() {
		var table, name, declared string
		var notNull bool
		var key, hidden int
		if err := rows.Scan(&table, &name, &declared, &notNull, &key, &hidden); err != nil {
			return err
		}
		c := column(name, declared)
		c.Nullable, c.Computed = !notNull && key == 0, hidden == 2 || hidden == 3
		if hidden == 1 {
			continue // a parameter of a virtual table
		}
		t := i.table(table)
		t.Columns = append(t.Columns, c)
		if key > 0 {
			if keys[table] == nil {
				keys[table] = map[int]string{}
			}
			keys[table][key] = name
		}
	}
	for table, names := range keys {
		t := i.table(table)
		for n := 1; n <= len(names); n++ {
			t.PrimaryKey = append(t.PrimaryKey, names[n])
		}
	}
	return rows.Err()
}

func (i *inspection) uniques() error {
	rows, err := i.conn.QueryxContext(i.ctx, `SELECT m.name, l.name, l.partial, x.name, coalesce(s.sql, '') FROM sqlite_schema m, pragma_index_list(m.name) l, pragma_index_xinfo(l.name) x
		LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name
		WHERE m.type = 'table' AND l."unique" AND l.origin <> 'pk' AND x.key AND `+ours+` ORDER BY m.name, l.seq, x.seqno`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var table, name, definition string
		var partial bool
		var member *string
		if err := rows.Scan(&table, &name, &partial, &member, &definition); err != nil {
			return err
		}
		t := i.table(table)
		n := len(t.Unique)
		if n == 0 || t.Unique[n-1].Name != name {
			t.Unique = append(t.Unique, schema.Unique{Name: name, Partial: partial})
			n++
		}
		u := &t.Unique[n-1]
		if member != nil {
			u.Columns = append(u.Columns, *member)
			continue
		}
		u.Expression = true
		for _, c := range t.Columns { // the catalog does not say which columns an expression uses; its text does
			if regexp.MustCompile(`(?i)(^|\W)` + regexp.QuoteMeta(c.Name) + `(\W|$)`).MatchString(definition) {
				u.Columns = append(u.Columns, c.Name)
			}
		}
	}
	return rows.Err()
}

func (i *inspection) foreignKeys() error {
	rows, err := i.conn.QueryxContext(i.ctx, `SELECT m.name, f.id, f."table", f."from", f."to", f.on_delete FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
		WHERE m.type = 'table' AND `+ours+` ORDER BY m.name, f.id, f.seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	last := -1
	for rows.Next() {
		var table, to, from, action string
		var id int
		var toColumn *string
		if err := rows.Scan(&table, &id, &to, &from, &toColumn, &action); err != nil {
			return err
		}
		t := i.table(table)
		parent := i.table(to)
		if parent != nil {
			to = parent.Name
		}
		n := len(t.ForeignKeys)
		if n == 0 || last != id {
			t.ForeignKeys = append(t.ForeignKeys, schema.ForeignKey{Name: fmt.Sprintf("%s foreign key %d", table, id), To: to, OnDelete: action})
			n++
		}
		last = id
		f := &t.ForeignKeys[n-1]
		f.Columns = append(f.Columns, inCase(t, from))
		if toColumn != nil && parent != nil {
			f.ToColumns = append(f.ToColumns, inCase(parent, *toColumn))
		} else if parent != nil && len(f.ToColumns) < len(parent.PrimaryKey) {
			f.ToColumns = append(f.ToColumns, parent.PrimaryKey[len(f.ToColumns)])
		}
	}
	return rows.Err()
}

// inCase returns the name of a column as its table has it.
func inCase(t *schema.Table, name string) string {
	for _, c := range t.Columns {
		if strings.EqualFold(c.Name, name) {
			return c.Name
		}
	}
	return name
}

func (i *inspection) triggers() error {
	for _, d := range i.result.Facts.Definitions {
		if t := i.table(d.Table); d.Kind == "trigger" && t != nil {
			t.Triggers = append(t.Triggers, schema.Trigger{Name: d.Name, SQL: d.SQL})
		}
	}
	return nil
}

// counters adds the statements that bring a copy's counters and schema version to where the original's are (D24).
func (i *inspection) counters() error {
	var version int
	if err := i.conn.GetContext(i.ctx, &version, "PRAGMA user_version"); err != nil {
		return err
	}
	i.result.Facts.Definitions = append(i.result.Facts.Definitions, refresh.Definition{Kind: "version", Name: "user_version", SQL: "PRAGMA user_version = " + strconv.Itoa(version)})
	var there bool
	if err := i.conn.GetContext(i.ctx, &there, "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'sqlite_sequence'"); err != nil || !there {
		return err
	}
	rows, err := i.conn.QueryxContext(i.ctx, "SELECT name, seq FROM sqlite_sequence")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var value int64
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		text := literal(name)
		for _, statement := range []string{
			"INSERT INTO sqlite_sequence (name, seq) SELECT " + text + ", 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = " + text + ")",
			fmt.Sprintf("UPDATE sqlite_sequence SET seq = max(seq, %d) WHERE name = %s", value, text),
		} {
			i.result.Facts.Definitions = append(i.result.Facts.Definitions, refresh.Definition{Kind: "counter", Name: name, Table: name, SQL: statement})
		}
	}
	return rows.Err()
}

// file names the database that tenants share; a tenant's own file has the name that the host gave it, see [files.Describe].
func (i *inspection) file(shared bool) error {
	var file string
	if err := i.conn.GetContext(i.ctx, &file, "SELECT file FROM pragma_database_list WHERE name = 'main'"); err != nil {
		return err
	}
	if i.result.Facts.Identity = file; shared {
		i.result.Facts.Database = "sqlite:" + filepath.Base(file)
	}
	return nil
}

// journal refuses a file that is read and written at once, and warns of one that is only read, if a reader and a writer block each other in it.
func (i *inspection) journal(shared bool) error {
	var mode string
	if err := i.conn.GetContext(i.ctx, &mode, "PRAGMA journal_mode"); err != nil {
		return err
	}
	if mode != "wal" && !shared {
		i.result.Facts.Warnings = append(i.result.Facts.Warnings,
			fmt.Sprintf("the source's journal mode is %s: while it is read, nobody can write to it; PRAGMA journal_mode = WAL avoids that", mode))
	} else if mode != "wal" {
		i.result.Facts.Preconditions = append(i.result.Facts.Preconditions,
			fmt.Sprintf("the SQLite file's journal mode is %s, in which the landing could not read the source while it writes the target; run PRAGMA journal_mode = WAL on it once", mode))
	}
	return nil
}
