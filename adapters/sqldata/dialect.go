package sqldata

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// Dialect is what differs between the engines. The packages sqlite, postgres and mysql have one each; a host does not write one.
type Dialect interface {
	// Name is the engine's name: "sqlite", "postgres", "mysql".
	Name() string
	// Quote quotes an identifier.
	Quote(name string) string
	// Placeholder returns the placeholder of parameter n, counted from 1. Parameters stand in a statement in their order, each once: an
	// engine may number them itself.
	Placeholder(n int) string
	// MaxParameters is how many parameters a statement may have.
	MaxParameters() int

	// Inspect reads the schema from the database's catalogs, without the tables of retenant itself, and the facts that a plan needs.
	Inspect(ctx context.Context, conn *sqlx.Conn) (refresh.Description, error)
	// Column returns how a column is read and written.
	Column(c schema.Column) Codec
	// Literal returns the parameter to compare the column with: a tenant id as the column has it. It returns an error for one that is not in its
	// canonical form, and for a column in which two different ids may be equal: what the directory tells apart, the database must too (A4).
	Literal(c schema.Column, value string) (param any, err error)

	// BeginSnapshot begins a read-only transaction with one point in time, which it returns by the database's clock.
	BeginSnapshot(ctx context.Context, conn *sqlx.Conn) (time.Time, error)
	// BeginStage begins a transaction in which foreign keys and triggers do what the facts say.
	BeginStage(ctx context.Context, conn *sqlx.Conn) error
	// End rolls back what is open on the connection and brings it back into its usual state. It is called after a COMMIT too. An
	// error throws the connection away.
	End(ctx context.Context, conn *sqlx.Conn) error

	// Reserve takes n consecutive keys for the column, all above a bound, which nobody else gets, and returns the first. What it writes to the
	// table is gone when it returns.
	Reserve(ctx context.Context, conn *sqlx.Conn, table *schema.Table, column schema.Column, above, n int64) (first int64, err error)
	// Changes returns how many rows the session or its transaction inserted, updated and deleted so far, by whomever in it: triggers and cascades too.
	Changes(ctx context.Context, conn *sqlx.Conn) (int64, error)
	// StateTables returns the statements that make the tables of retenant in the tenants' database, if they are not there.
	StateTables() []string
	// CountStateTables is the query for how many of them are there.
	CountStateTables() string
	// Explain turns an error of the driver into one that says what to do, and leaves others alone.
	Explain(err error) error
}

// Codec reads and writes the values of one column.
type Codec struct {
	// Select is the expression that is read: with the quoted column in place of %s. "" is the column itself.
	Select string
	// Equal is the condition that the column holds the same bytes as a parameter: with the quoted column in place of each %c, and with Insert's
	// expression of the parameter, which is given so many times, in place of each %s. "" is "%c = %s".
	Equal string
	// Exact is an expression that tells the column's values apart where the engine takes different ones for equal: with the column in place of %s. ""
	// is that Equal does so already.
	Exact string
	// Insert is the expression that is written: with the placeholder in place of %s. "" is the placeholder itself.
	Insert string
	// Decode appends the canonical form of what the driver returned.
	Decode func(dst []byte, value any) ([]byte, schema.Form, error)
	// Encode returns what the driver is given for a cell that is not NULL. It must not keep the cell's bytes.
	Encode func(cell schema.Cell) (any, error)
}

// Copier is implemented by a dialect that can copy nearer to the data, between two connections of its own kind: one in a snapshot and one in
// a stage. See [refresh.Copier]. It returns the number of rows written, and false where the table does not fit.
type Copier interface {
	Copy(ctx context.Context, source, target *sqlx.Conn, from, to Selection, transform *refresh.Transform, progress func(rows, bytes int64)) (rows int64, done bool, err error)
}

// Drainer is implemented by a dialect that can see the transactions of others. See [refresh.Drainer].
type Drainer interface {
	OpenTransactions(ctx context.Context, conn *sqlx.Conn, mark []byte) ([]refresh.Transaction, []byte, error)
}

// Suspender is implemented by a dialect whose stage has to take triggers out of the schema while it writes: they do not exist for that
// transaction, and are there again when it ends.
type Suspender interface {
	// Suspend takes the triggers of the tables out. The function it returns puts them back as they were, in the same transaction.
	Suspend(ctx context.Context, conn *sqlx.Conn, tables []*schema.Table) (resume func(context.Context) error, err error)
}

// PlainUpdater is implemented by a dialect whose UPDATE neither takes rows of values nor returns the rows that it changed, and whose placeholders have no
// numbers.
type PlainUpdater interface {
	// PlainUpdate does nothing.
	PlainUpdate()
}

// Weigher is implemented by a dialect whose engine counts the change of one row of some tables as more than one.
type Weigher interface {
	// Weight returns what [Dialect.Changes] grows by with a row of the table.
	Weight(ctx context.Context, conn *sqlx.Conn, table *schema.Table) (int64, error)
}

// Claimer is implemented by a dialect in which a landing that was overtaken may still hold locks.
type Claimer interface {
	// Claim makes the connection's transaction the tenant's only landing: it claims the tenant, asks current whether the landing's token still is the
	// one that may commit, and then ends the sessions of others that have claimed the tenant.
	Claim(ctx context.Context, conn *sqlx.Conn, tenant tenancy.ID, current func() error) error
}

// Verifier is implemented by a dialect whose engine leaves constraints other than foreign keys unchecked in a stage.
type Verifier interface {
	// VerifyConstraints looks for rows of the selections that break such a constraint, as they stand in the stage.
	VerifyConstraints(ctx context.Context, conn *sqlx.Conn, written []Selection) ([]refresh.Finding, error)
}

// Selection is an extent as SQL: what comes after FROM, with its parameters.
type Selection struct {
	Table  *schema.Table
	Where  string // with its parameters in place; "" is all rows
	Params []any
	Tenant tenancy.ID
	Column string
}

// Place is where tenants' databases are.
type Place interface {
	// Open returns the database that holds the tenant's rows, and a function that lets go of it. A place that has one database for each
	// tenant returns [ErrNoDatabase] for one that does not exist, unless create is set.
	Open(ctx context.Context, tenant tenancy.ID, create bool) (db *sqlx.DB, release func() error, err error)
	// Keys tells who shares the tables.
	Keys() refresh.KeySpace
	// Describe names the tenant's database without credentials, for plans and receipts.
	Describe(tenant tenancy.ID) string
}
