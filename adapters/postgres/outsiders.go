package postgres

import "strings"

// outsiderRow is a foreign key to a table of the plan from one that the search path does not lead to. Nobody would see what becomes of it: not the plan,
// not the check after a landing and, where the role suspends foreign keys, not the server.
type outsiderRow struct {
	Table  string `db:"from_table"`
	Schema string `db:"from_schema"`
	To     string `db:"to_table"`
}

const outsidersQuery = `
SELECT DISTINCT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS from_table, quote_ident(n.nspname) AS from_schema,
  quote_ident(tn.nspname) || '.' || quote_ident(t.relname) AS to_table
FROM (SELECT *, coalesce(pg_partition_root(conrelid)::oid, conrelid) AS from_oid, coalesce(pg_partition_root(confrelid)::oid, confrelid) AS to_oid FROM pg_constraint) k
JOIN pg_class c ON c.oid = k.from_oid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class t ON t.oid = k.to_oid JOIN pg_namespace tn ON tn.oid = t.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.to_oid = ANY ($1::bigint[]::oid[]) AND NOT k.from_oid = ANY ($1::bigint[]::oid[])
ORDER BY 1, 3`

// outsiderPreconditions asks for a search path that leads to all tables that refer to those of the plan.
func (c *catalog) outsiderPreconditions(add func(string, ...any)) {
	for _, o := range c.outsiders {
		path := append([]string{}, c.server.Schemas...)
		for i := range path {
			path[i] = dialect{}.Quote(path[i])
		}
		add("%s refers to %s and is not on the role's search path, so nobody would see that its references break: ALTER ROLE %s SET search_path = %s", o.Table, o.To, c.server.Role,
			strings.Join(append(path, o.Schema), ", "))
	}
}
