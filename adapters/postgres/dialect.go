package postgres

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// dialect implements [sqldata.Dialect], [sqldata.Copier], [sqldata.Drainer], [sqldata.Claimer] and
// [sqldata.Verifier].
type dialect struct {
	readOnly bool // describe what reading needs, and no more
}

// Name implements [sqldata.Dialect].
func (dialect) Name() string { return "postgres" }

// Quote implements [sqldata.Dialect].
func (dialect) Quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// Placeholder implements [sqldata.Dialect].
func (dialect) Placeholder(n int) string { return "$" + strconv.Itoa(n) }

// MaxParameters implements [sqldata.Dialect]: the protocol counts them in 16 bits.
func (dialect) MaxParameters() int { return 65535 }

// stateTables are the tables of retenant, which stand in the first schema of the search path.
var stateTables = []struct{ name, columns string }{
	{"retenant_fence", "tenant text PRIMARY KEY, token bigint NOT NULL, generation bigint NOT NULL"},
	{"retenant_commit", "run text PRIMARY KEY, tenant text NOT NULL, token bigint NOT NULL, source text NOT NULL, as_of text NOT NULL"},
	{"retenant_key_set", "target text, source text, table_name text, generations bytea NOT NULL, last_key bigint NOT NULL, PRIMARY KEY (target, source, table_name)"},
	{"retenant_retired_key", "target text, source text, table_name text, copy_key text, PRIMARY KEY (target, source, table_name, copy_key)"},
	{"retenant_row_digest", "target text, table_name text, piece integer, data bytea NOT NULL, PRIMARY KEY (target, table_name, piece)"},
}

// stateNames returns the names of these tables as an expression after FROM: rows of the column name.
func stateNames() string {
	names := make([]string, len(stateTables))
	for i, t := range stateTables {
		names[i] = "'" + t.name + "'"
	}
	return "unnest(ARRAY[" + strings.Join(names, ", ") + "]) AS name"
}

// StateTables implements [sqldata.Dialect].
func (dialect) StateTables() []string {
	statements := make([]string, len(stateTables))
	for i, t := range stateTables {
		statements[i] = "CREATE TABLE IF NOT EXISTS " + t.name + " (" + t.columns + ")"
	}
	return statements
}

// CountStateTables implements [sqldata.Dialect].
func (dialect) CountStateTables() string {
	return `SELECT count(*) FROM ` + stateNames() + ` WHERE to_regclass(name) IS NOT NULL`
}

// Explain implements [sqldata.Dialect].
func (dialect) Explain(err error) error { return explain(err) }
