package postgres

import (
	"context"
	"encoding/json"

	"github.com/jmoiron/sqlx"
)

// The rows of the catalog queries. One query reads one kind of thing for all tables at once: a schema of 130 tables takes no more queries
// than one of three.

type serverRow struct {
	Version  int    `db:"version"`
	Role     string `db:"role"` // quoted
	Schemas  names  `db:"schemas"`
	ReadOnly bool   `db:"read_only"`
	Counts   bool   `db:"counts"`
}

const serverQuery = `
SELECT current_setting('server_version_num')::integer AS version, quote_ident(current_user) AS role,
  coalesce((SELECT json_agg(s)::text FROM unnest(current_schemas(false)) s), '[]') AS schemas,
  pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS read_only,
  current_setting('track_counts')::boolean AS counts`

type tableRow struct {
	OID      int64  `db:"oid"`
	Schema   string `db:"schema"`
	Name     string `db:"name"`
	Quoted   string `db:"quoted"`
	Hidden   bool   `db:"hidden"` // row security would leave rows out
	Inherits bool   `db:"inherits"`
	Select   bool   `db:"may_select"`
	Insert   bool   `db:"may_insert"`
	Delete   bool   `db:"may_delete"`
}

// tablesQuery chooses the tables of a plan. Their numbers are the parameter of the other queries.
const tablesQuery = `
SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS quoted,
  row_security_active(c.oid) AS hidden,
  c.relkind = 'r' AND EXISTS (SELECT 1 FROM pg_inherits i WHERE c.oid IN (i.inhparent, i.inhrelid)) AS inherits,
  has_table_privilege(c.oid, 'SELECT') AS may_select, has_table_privilege(c.oid, 'INSERT') AS may_insert, has_table_privilege(c.oid, 'DELETE') AS may_delete
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (current_schemas(false)) AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND NOT starts_with(c.relname, 'retenant_')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid`

type columnRow struct {
	Table     int64   `db:"table_oid"`
	Name      string  `db:"name"`
	Declared  string  `db:"declared"`
	Bare      string  `db:"bare"`
	Namespace string  `db:"namespace"` // of the base type
	Type      string  `db:"type"`
	Category  string  `db:"category"`
	Modifier  int     `db:"modifier"`
	Nullable  bool    `db:"nullable"`
	Computed  bool    `db:"computed"`
	Identity  string  `db:"identity"`
	Sequence  *string `db:"sequence"`
	Increment *int64  `db:"increment"`
	Cycles    *bool   `db:"cycles"`
	MayUpdate bool    `db:"may_update"`
	MayDraw   *bool   `db:"may_draw"`
	MaySet    *bool   `db:"may_set"`
}

// columnsQuery resolves domains to their base types and finds each column's sequence: of its identity, of its default, or owned by it.
const columnsQuery = `
WITH RECURSIVE resolved (origin, type, modifier, required) AS (
  SELECT t.oid, t.oid, -1, false FROM pg_type t
  WHERE t.oid IN (SELECT atttypid FROM pg_attribute WHERE attrelid = ANY ($1::bigint[]::oid[]) AND attnum > 0 AND NOT attisdropped)
  UNION ALL
  SELECT r.origin, t.typbasetype, greatest(r.modifier, t.typtypmod), r.required OR t.typnotnull
  FROM resolved r JOIN pg_type t ON t.oid = r.type WHERE t.typtype = 'd'
), drawn AS (
  SELECT d.refobjid AS rel, d.refobjsubid AS num, d.objid AS seq, CASE d.deptype WHEN 'i' THEN 0 ELSE 2 END AS rank
  FROM pg_depend d
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY ($1::bigint[]::oid[]) AND d.deptype IN ('i', 'a')
  UNION ALL
  SELECT a.adrelid, a.adnum, d.refobjid, 1
  FROM pg_attrdef a JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
  WHERE a.adrelid = ANY ($1::bigint[]::oid[])
), first AS (
  SELECT DISTINCT ON (d.rel, d.num) d.rel, d.num, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, s.seqincrement, s.seqcycle,
    has_sequence_privilege(c.oid, 'USAGE') OR has_sequence_privilege(c.oid, 'SELECT') AS may_draw, has_sequence_privilege(c.oid, 'UPDATE') AS may_set
  FROM drawn d JOIN pg_class c ON c.oid = d.seq AND c.relkind = 'S' JOIN pg_sequence s ON s.seqrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  ORDER BY d.rel, d.num, d.rank
)
SELECT a.attrelid::bigint AS table_oid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS declared, format_type(t.oid, -1) AS bare,
  n.nspname AS namespace, t.typname AS type, t.typtype::text AS category, greatest(a.atttypmod, r.modifier) AS modifier,
  NOT (a.attnotnull OR r.required) AS nullable, a.attgenerated <> '' AS computed, a.attidentity::text AS identity,
  f.name AS sequence, f.seqincrement AS increment, f.seqcycle AS cycles, f.may_draw, f.may_set, has_column_privilege(a.attrelid, a.attnum, 'UPDATE') AS may_update
FROM pg_attribute a
JOIN resolved r ON r.origin = a.atttypid
JOIN pg_type t ON t.oid = r.type AND t.typtype <> 'd'
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN first f ON f.rel = a.attrelid AND f.num = a.attnum
WHERE a.attrelid = ANY ($1::bigint[]::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`

type indexRow struct {
	Table       int64   `db:"table_oid"`
	Name        string  `db:"name"`
	Primary     bool    `db:"is_primary"`
	Deferrable  bool    `db:"is_deferrable"`
	Partial     bool    `db:"partial"`
	Columns     names   `db:"columns"`     // "" in place of an expression
	Expressions *string `db:"expressions"` // as SQL
	Used        names   `db:"used"`        // the columns that it depends on
	Alike       bool    `db:"alike"`       // NULLS NOT DISTINCT
}

const indexesQuery = `
SELECT i.indrelid::bigint AS table_oid, c.relname AS name, i.indisprimary AS is_primary, NOT i.indimmediate AS is_deferrable, i.indpred IS NOT NULL AS partial,
  (SELECT json_agg(coalesce(a.attname, '') ORDER BY k.place)::text
   FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (num, place) LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num AND k.num > 0
   WHERE k.place <= i.indnkeyatts) AS columns,
  pg_get_expr(i.indexprs, i.indrelid) AS expressions, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS alike,
  coalesce((SELECT json_agg(DISTINCT a.attname)::text
   FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
   WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0), '[]') AS used
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::bigint[]::oid[]) AND i.indisunique AND i.indisvalid AND i.indislive
ORDER BY i.indrelid, c.relname`

type foreignKeyRow struct {
	Table      int64  `db:"table_oid"`
	Name       string `db:"name"`
	Columns    names  `db:"columns"`
	To         int64  `db:"to_oid"`
	ToName     string `db:"to_name"`
	ToColumns  names  `db:"to_columns"`
	Deferrable bool   `db:"is_deferrable"`
	Full       bool   `db:"is_full"`
	OnDelete   string `db:"on_delete"`
}

const foreignKeysQuery = `
SELECT k.conrelid::bigint AS table_oid, k.conname AS name, k.condeferrable AS is_deferrable, k.confmatchtype = 'f' AS is_full, k.to_oid::bigint AS to_oid, n.nspname || '.' || t.relname AS to_name,
  (SELECT json_agg(a.attname ORDER BY u.place)::text FROM unnest(k.conkey) WITH ORDINALITY u (num, place)
   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num) AS columns,
  (SELECT json_agg(a.attname ORDER BY u.place)::text FROM unnest(k.confkey) WITH ORDINALITY u (num, place)
   JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num) AS to_columns,
  CASE k.confdeltype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE '' END AS on_delete
FROM (SELECT *, coalesce(pg_partition_root(confrelid)::oid, confrelid) AS to_oid FROM pg_constraint) k
JOIN pg_class t ON t.oid = k.to_oid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY ($1::bigint[]::oid[])
ORDER BY k.conrelid, k.conname`

type checkRow struct {
	Table   int64  `db:"table_oid"`
	Name    string `db:"name"`
	Columns names  `db:"columns"`
	SQL     string `db:"sql"`
}

// checksQuery finds the checks of tables and of their partitions, and those of their columns' domains with the column's name in place of VALUE.
const checksQuery = `
WITH RECURSIVE typed (rel, name, type) AS (
  SELECT attrelid, attname, atttypid FROM pg_attribute WHERE attrelid = ANY ($1::bigint[]::oid[]) AND attnum > 0 AND NOT attisdropped
  UNION ALL
  SELECT d.rel, d.name, t.typbasetype FROM typed d JOIN pg_type t ON t.oid = d.type WHERE t.typtype = 'd'
)
SELECT found.* FROM (
  SELECT coalesce(pg_partition_root(k.conrelid)::oid, k.conrelid)::bigint AS table_oid, k.conname::text AS name,
    (SELECT json_agg(a.attname ORDER BY a.attnum)::text FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns, pg_get_constraintdef(k.oid) AS sql
  FROM pg_constraint k WHERE k.contype = 'c' AND k.conrelid <> 0 AND k.coninhcount = 0 AND cardinality(k.conkey) > 0
  UNION ALL
  SELECT d.rel::bigint, k.conname::text, json_build_array(d.name)::text, regexp_replace(pg_get_constraintdef(k.oid), E'\\mVALUE\\M', replace(quote_ident(d.name), E'\\', E'\\\\'), 'g')
  FROM typed d JOIN pg_constraint k ON k.contypid = d.type AND k.contype = 'c'
) found
WHERE found.table_oid = ANY ($1::bigint[]) ORDER BY table_oid, name, columns, sql`

type triggerRow struct {
	Table int64  `db:"table_oid"`
	Name  string `db:"name"`
	When  string `db:"fires"` // 'O' and 'A' usually, 'R' and 'A' where triggers are suspended
	SQL   string `db:"sql"`
}

// triggersQuery finds the triggers and rewrite rules of tables and of their partitions.
const triggersQuery = `
SELECT found.* FROM (
  SELECT coalesce(pg_partition_root(tgrelid)::oid, tgrelid)::bigint AS table_oid, tgname AS name, tgenabled::text AS fires, pg_get_triggerdef(oid) AS sql
  FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0 AND tgenabled <> 'D'
  UNION ALL
  SELECT coalesce(pg_partition_root(ev_class)::oid, ev_class)::bigint, rulename, ev_enabled::text, pg_get_ruledef(oid)
  FROM pg_rewrite WHERE rulename <> '_RETURN' AND ev_enabled <> 'D'
) found
WHERE found.table_oid = ANY ($1::bigint[]) ORDER BY table_oid, name`

// names is a list of names that the server returns as JSON.
type names []string

// Scan implements [sql.Scanner].
func (n *names) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return errUnexpected
	}
	return json.Unmarshal([]byte(text), (*[]string)(n))
}

// catalog is what the queries found.
type catalog struct {
	server      serverRow
	suspends    bool
	tables      []tableRow
	columns     []columnRow
	indexes     []indexRow
	foreignKeys []foreignKeyRow
	triggers    []triggerRow
	outsiders   []outsiderRow
	checks      []checkRow
}

func readCatalog(ctx context.Context, conn *sqlx.Conn) (*catalog, error) {
	var c catalog
	if err := conn.GetContext(ctx, &c.server, serverQuery); err != nil {
		return nil, err
	}
	var err error
	if c.suspends, err = maySuspend(ctx, conn); err != nil {
		return nil, err
	}
	if err := conn.SelectContext(ctx, &c.tables, tablesQuery); err != nil {
		return nil, err
	}
	ids := make([]int64, len(c.tables))
	for i, t := range c.tables {
		ids[i] = t.OID
	}
	for _, read := range []struct {
		into  any
		query string
	}{
		{&c.columns, columnsQuery}, {&c.indexes, indexesQuery}, {&c.foreignKeys, foreignKeysQuery}, {&c.triggers, triggersQuery}, {&c.outsiders, outsidersQuery}, {&c.checks, checksQuery},
	} {
		if err := conn.SelectContext(ctx, read.into, read.query, ids); err != nil {
			return nil, err
		}
	}
	return &c, nil
}
