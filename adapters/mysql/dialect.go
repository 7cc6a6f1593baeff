package mysql

import (
	"strings"
)

// dialect implements [sqldata.Dialect], [sqldata.Copier], [sqldata.Drainer], [sqldata.Claimer], [sqldata.PlainUpdater]
// and [sqldata.Weigher].
type dialect struct {
	readOnly bool // describe what reading needs, and no more
}

// Name implements [sqldata.Dialect].
func (dialect) Name() string { return "mysql" }

// Quote implements [sqldata.Dialect].
func (dialect) Quote(name string) string { return quote(name) }

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// literal quotes a text that has no backslash.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Placeholder implements [sqldata.Dialect].
func (dialect) Placeholder(int) string { return "?" }

// PlainUpdate implements [sqldata.PlainUpdater].
func (dialect) PlainUpdate() {}

// MaxParameters implements [sqldata.Dialect]: the protocol counts them in 16 bits.
func (dialect) MaxParameters() int { return 65535 }

// stateTables are the tables of retenant. Ids are byte strings: of texts the server would find some equal that are not, with spaces at their end at least.
var stateTables = []struct{ name, columns string }{
	{"retenant_fence", "tenant VARBINARY(255) PRIMARY KEY, token BIGINT NOT NULL, generation BIGINT NOT NULL"},
	{"retenant_commit", "run VARBINARY(255) PRIMARY KEY, tenant VARBINARY(255) NOT NULL, token BIGINT NOT NULL, source VARBINARY(255) NOT NULL, as_of VARBINARY(40) NOT NULL"},
	{"retenant_key_set", "target VARBINARY(255), source VARBINARY(255), table_name VARBINARY(255), generations LONGBLOB NOT NULL, last_key BIGINT NOT NULL, PRIMARY KEY (target, source, table_name)"},
	{"retenant_retired_key", "target VARBINARY(255), source VARBINARY(255), table_name VARBINARY(255), copy_key VARBINARY(1024), PRIMARY KEY (target, source, table_name, copy_key)"},
	{"retenant_row_digest", "target VARBINARY(255), table_name VARBINARY(255), piece INT, data MEDIUMBLOB NOT NULL, PRIMARY KEY (target, table_name, piece)"},
}

// stateNames returns the names of these tables as a list for IN.
func stateNames() string {
	names := make([]string, len(stateTables))
	for i, t := range stateTables {
		names[i] = literal(t.name)
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// StateTables implements [sqldata.Dialect].
func (dialect) StateTables() []string {
	statements := make([]string, len(stateTables))
	for i, t := range stateTables {
		statements[i] = "CREATE TABLE IF NOT EXISTS " + t.name + " (" + t.columns + ") ENGINE=InnoDB ROW_FORMAT=DYNAMIC"
	}
	return statements
}

// CountStateTables implements [sqldata.Dialect].
func (dialect) CountStateTables() string {
	return "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN " + stateNames()
}

// Explain implements [sqldata.Dialect].
func (dialect) Explain(err error) error { return explain(err) }
