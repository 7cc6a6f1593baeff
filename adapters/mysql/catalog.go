package mysql

import (
	"context"
	"strings"

	"github.com/jmoiron/sqlx"
)

// The rows of the catalog queries. One query reads one kind of thing for all tables at once. Every column has a name of its own, because MySQL 8 gives
// the columns of its catalog other ones than MariaDB.

type tableRow struct {
	Name    string  `db:"name"`
	Type    string  `db:"type"`
	Engine  *string `db:"engine"`
	Options string  `db:"options"`
}

const tablesQuery = `SELECT table_name AS name, table_type AS type, engine AS engine, coalesce(create_options, '') AS options FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND table_name NOT LIKE 'retenant\_%' ORDER BY table_name`

type columnRow struct {
	Table      string  `db:"table_name"`
	Name       string  `db:"name"`
	Declared   string  `db:"declared"`
	Type       string  `db:"type"`
	Nullable   bool    `db:"nullable"`
	Extra      string  `db:"extra"`
	Expression string  `db:"expression"` // of a generated column
	Default    *string `db:"given"`
	Length     *int64  `db:"length"`
	Bytes      *int64  `db:"bytes"`
	Scale      *int64  `db:"scale"`
}

const columnsQuery = `SELECT table_name AS table_name, column_name AS name, column_type AS declared, data_type AS type, is_nullable = 'YES' AS nullable, extra AS extra,
  coalesce(generation_expression, '') AS expression, column_default AS given, character_maximum_length AS length, character_octet_length AS bytes, numeric_scale AS scale
FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`

type indexRow struct {
	Table      string  `db:"table_name"`
	Name       string  `db:"name"`
	Column     *string `db:"column_name"`
	Prefix     *int64  `db:"prefix"`
	Expression *string `db:"expression"` // of MySQL 8
}

// indexesQuery reads the unique indexes. %s is the column with the expression of a member, which only MySQL has.
const indexesQuery = `SELECT table_name AS table_name, index_name AS name, column_name AS column_name, sub_part AS prefix, %s AS expression
FROM information_schema.statistics WHERE table_schema = DATABASE() AND non_unique = 0 ORDER BY table_name, index_name, seq_in_index`

type foreignKeyRow struct {
	Table    string `db:"table_name"`
	Name     string `db:"name"`
	Column   string `db:"column_name"`
	ToSchema string `db:"to_schema"`
	To       string `db:"to_table"`
	ToColumn string `db:"to_column"`
	OnDelete string `db:"on_delete"`
	Here     bool   `db:"here"` // the table referred to lies in this database
}

const foreignKeysQuery = `SELECT u.table_name AS table_name, u.constraint_name AS name, u.column_name AS column_name, u.referenced_table_schema AS to_schema,
  u.referenced_table_name AS to_table, u.referenced_column_name AS to_column, r.delete_rule AS on_delete, u.referenced_table_schema = DATABASE() AS here
FROM information_schema.key_column_usage u JOIN information_schema.referential_constraints r
  ON r.constraint_schema = u.constraint_schema AND r.constraint_name = u.constraint_name AND r.table_name = u.table_name
WHERE u.table_schema = DATABASE() AND u.referenced_table_name IS NOT NULL ORDER BY u.table_name, u.constraint_name, u.ordinal_position`

type triggerRow struct {
	Table string `db:"table_name"`
	Name  string `db:"name"`
	SQL   string `db:"statement"`
}

const triggersQuery = `SELECT event_object_table AS table_name, trigger_name AS name,
  concat(action_timing, ' ', event_manipulation, ' ', action_statement) AS statement
FROM information_schema.triggers WHERE event_object_schema = DATABASE() ORDER BY event_object_table, trigger_name`

// documentsQuery finds the columns that MariaDB made when it was asked for the type JSON: long texts with a check.
const documentsQuery = `SELECT table_name AS table_name, check_clause AS name FROM information_schema.check_constraints
WHERE constraint_schema = DATABASE() AND check_clause LIKE 'json\_valid(%)'`

// catalog is what the queries found.
type catalog struct {
	server      server
	tables      []tableRow
	columns     []columnRow
	indexes     []indexRow
	foreignKeys []foreignKeyRow
	triggers    []triggerRow
	documents   map[string]bool // by table and column; see place
}

func readCatalog(ctx context.Context, conn *sqlx.Conn) (*catalog, error) {
	c := catalog{documents: map[string]bool{}}
	var err error
	if c.server, err = readServer(ctx, conn); err != nil {
		return nil, err
	}
	member := "expression"
	if c.server.maria {
		member = "NULL"
	}
	for _, read := range []struct {
		into  any
		query string
	}{
		{&c.tables, tablesQuery}, {&c.columns, columnsQuery}, {&c.indexes, strings.Replace(indexesQuery, "%s", member, 1)}, {&c.foreignKeys, foreignKeysQuery}, {&c.triggers, triggersQuery},
	} {
		if err := conn.SelectContext(ctx, read.into, read.query); err != nil {
			return nil, err
		}
	}
	if !c.server.maria {
		return &c, nil
	}
	var checks []struct {
		Table string `db:"table_name"`
		Name  string `db:"name"`
	}
	if err := conn.SelectContext(ctx, &checks, documentsQuery); err != nil {
		return nil, err
	}
	for _, check := range checks {
		name := strings.TrimSuffix(strings.TrimPrefix(check.Name, "json_valid("), ")")
		if len(name) > 2 && name[0] == '`' && !strings.Contains(strings.ReplaceAll(name[1:len(name)-1], "``", ""), "`") {
			c.documents[place(check.Table, strings.ReplaceAll(name[1:len(name)-1], "``", "`"))] = true
		}
	}
	return &c, nil
}

func place(table, column string) string { return table + "\x00" + column }
