package refresh

import (
	"context"
	"time"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
	"github.com/retenant/retenant/tenancy/schema"
)

// Source is a database that holds tenants' rows, as far as reading goes. Suite: adaptertest.Data.
type Source interface {
	// Describe returns the schema of the tenant's tables and the facts that a plan needs. It changes nothing and needs no lock that
	// others wait for. A tenant whose database does not exist yet has an empty schema and Facts.Exists false.
	Describe(ctx context.Context, tenant tenancy.ID) (Description, error)
	// Snapshot opens a read-only view of the tenant's rows at one point in time (D22). It returns [ErrNoSnapshot] where the store
	// cannot give one. The snapshot holds no lock that makes the host's writers wait.
	Snapshot(ctx context.Context, tenant tenancy.ID) (Snapshot, error)
}

// Target is a database whose tenants can be replaced. It is a Source too, since a copy is read again when it is
// verified later. Suite: adaptertest.Data.
type Target interface {
	Source
	// Fence makes token the only one that may commit a landing on the tenant, for good. It first waits for a landing that is
	// between its own look at the fence and its end, so that [Target.Committed] has a final answer afterwards. It returns
	// [ErrFenced] where a higher token has been seen, and does nothing where the token is the current one. Durable when it returns.
	Fence(ctx context.Context, tenant tenancy.ID, token Token) error
	// Token returns the highest token seen for the tenant; 0 is none.
	Token(ctx context.Context, tenant tenancy.ID) (Token, error)
	// Committed tells whether the run's landing on the tenant is committed: whether its commit marker stands. It is final after Fence.
	Committed(ctx context.Context, tenant tenancy.ID, run RunID) (bool, error)
	// Begin opens a stage: from here on rows can be written that no reader of the tenant sees before [Stage.Commit]. It has taken
	// out the rows of the tables that are copied or emptied. Nothing of it survives a crash. It returns [ErrFenced] for a token that
	// is not the current one.
	Begin(ctx context.Context, landing Landing) (Stage, error)
}

// Snapshot is a view of a tenant's rows at one point in time. It may be read by one goroutine at a time.
type Snapshot interface {
	// At returns the point in time, by the database's clock.
	At() time.Time
	// Read returns the rows of the extent, with the columns of [Extent.Stored].
	Read(ctx context.Context, extent Extent) (Reader, error)
	// Keys returns the values of an integer column over the rows of the extent. NULLs are left out.
	Keys(ctx context.Context, extent Extent, column string) (*keys.Set, error)
	// Count returns the number of rows of the extent.
	Count(ctx context.Context, extent Extent) (int64, error)
	// Mappings returns the key mappings that the tenant's last refresh left, by table; a tenant that never was a target has none.
	Mappings(ctx context.Context, source tenancy.ID) (map[string]*keys.Generations, error)
	// Landed tells whether a landing on the tenant was ever committed, whatever the directory knows.
	Landed(ctx context.Context) (bool, error)
	// Retired returns, by table, the copies' keys that earlier refreshes from the source found with rows of somebody else: no copy gets them again.
	Retired(ctx context.Context, source tenancy.ID) (map[string][][]byte, error)
	// Close ends the view. It may be called twice.
	Close() error
}

// Reader hands out rows in batches.
type Reader interface {
	// Next resets the batch and fills it up to its bound. It returns io.EOF, and an empty batch, after the last row.
	Next(ctx context.Context, batch *schema.Batch) error
	// Close ends the reading. It may be called twice, and early.
	Close() error
}

// Stage is a landing in the making. It may be used by one goroutine at a time.
type Stage interface {
	// Reserve returns the mapping of a table's integer keys for these originals: the one that earlier refreshes left, extended by
	// keys reserved for the originals that have none. No row but the tenant's own holds a key of it: originals whose key
	// has come to a foreign row get another. In a key space of its own a copy's new key is higher than that of any original, so that no row has its
	// original's key. It is written with the landing. Added is the number of keys that are new.
	Reserve(ctx context.Context, extent Extent, column string, originals *keys.Set) (mapping *keys.Generations, added int64, err error)
	// Retire returns the keys of a column that the copies of this landing must not have: those that earlier landings of the same source retired, and
	// those of the candidates that a row of somebody else holds. They are remembered with the landing.
	Retire(ctx context.Context, extent Extent, column string, candidates [][]byte) (retired [][]byte, err error)
	// Write adds rows, with the columns of [schema.Table.Stored].
	Write(ctx context.Context, extent Extent, rows *schema.Batch) error
	// Amend sets columns in rows of the extent that the stage wrote. Each row of the batch holds the values of the columns key, which identify a
	// row by their canonical forms, and then those of the columns set. It returns the places in the batch of rows that the extent does not have. A key that two rows have,
	// in the batch or in the extent, is an error, after which the stage can only be rolled back. It is not called after Check.
	Amend(ctx context.Context, extent Extent, key, set []string, rows *schema.Batch) (missing []int, err error)
	// Read returns the rows of the extent as they stand in the stage.
	Read(ctx context.Context, extent Extent) (Reader, error)
	// Check looks for references that do not resolve inside the stage, for rows of others that lost the row they referred to,
	// and for changes that the stage did not make itself (triggers, cascades). It returns all it found.
	Check(ctx context.Context, references []Reference) ([]Finding, error)
	// Commit makes the rows, the key mappings and the commit marker visible at once, if the landing's token is still the current one, and
	// returns [ErrFenced] otherwise. Any other error leaves open whether it is committed: [Target.Fence], then [Target.Committed]
	// tell. The stage is ended either way.
	Commit(ctx context.Context, handover Handover) error
	// Rollback ends the stage and leaves the target as it was. It may be called after Commit and does nothing then.
	Rollback() error
}

// Copier is implemented by a [Stage] that can take the rows of an extent nearer to the data than by [Reader] and [Stage.Write].
// The outcome is the same row for row (N9).
type Copier interface {
	// Copy reads the source's extent from the snapshot, applies the transform, and writes the rows to the target's extent. It calls
	// progress with the rows and bytes of each step. It returns false, having done nothing, where snapshot or table do not fit.
	Copy(ctx context.Context, snapshot Snapshot, from, to Extent, transform *Transform, progress func(rows, bytes int64)) (bool, error)
}

// Drainer is implemented by a [Target] that can see the transactions of others.
type Drainer interface {
	// Open returns the transactions that may still write to the tenant and began before now. The mark of the first call is
	// given to the later ones, so that only transactions from before the outage count: it is nil at first.
	Open(ctx context.Context, tenant tenancy.ID, mark []byte) (open []Transaction, next []byte, err error)
}

// Discarder is implemented by a [Target] that leaves something behind when a landing ends without commit: a side file,
// an empty file.
type Discarder interface {
	// Discard removes what a run left that is not committed. It is idempotent.
	Discard(ctx context.Context, tenant tenancy.ID, run RunID) error
}

// Transaction is an open transaction of somebody else.
type Transaction struct {
	Session string        `json:"session"` // how the database names it: a process id
	Client  string        `json:"client"`  // what it says of itself; never a statement
	Age     time.Duration `json:"age"`
}

// Token fences runs off each other: of two runs on one target, only the one with the higher token can commit.
type Token int64

// RunID identifies a run.
type RunID string

// Extent is the rows of one table that belong to a tenant.
type Extent struct {
	Table  *schema.Table
	Column string     // the tenant column; "" is the whole table
	Tenant tenancy.ID // the value of Column; "" is NULL: the global rows
	Only   []string   // the columns that are read, stored ones, each once; nil is all. Writing takes all
}

// Stored returns the columns that are read of the extent: those of [schema.Table.Stored], or those of Only in its order.
func (e Extent) Stored() []schema.Column {
	if e.Only == nil {
		return e.Table.Stored()
	}
	columns := make([]schema.Column, 0, len(e.Only))
	for _, name := range e.Only {
		if c, found := e.Table.Column(name); found && !c.Computed {
			columns = append(columns, c)
		}
	}
	return columns
}

// KeySpace tells who shares the keys of a tenant's tables.
type KeySpace string

// The key spaces.
const (
	// SharedKeys says that other tenants' rows stand in the same tables.
	SharedKeys KeySpace = "shared"
	// OwnKeys says that the tenant has a database, schema or file of its own.
	OwnKeys KeySpace = "own"
)

// Checking tells what the database does about declared foreign keys while a stage writes.
type Checking string

// The ways of checking. The empty one counts as immediate.
const (
	CheckedNever    Checking = "suspended" // not at all: the run verifies them by set
	CheckedAtCommit Checking = "deferred"  // those that are deferrable at the commit, others at each statement
	CheckedAtOnce   Checking = "immediate" // at the end of each statement
)

// Description is what a plan has to know of one side.
type Description struct {
	Schema schema.Schema
	Facts  Facts
}

// Facts are what had to be asked of a database beside its schema.
type Facts struct {
	Exists        bool                // whether the tenant has a place for its rows yet (A3)
	Keys          KeySpace            // who shares the tables
	Database      string              // names the database for people, without credentials
	Identity      string              // tells one database from another, whatever the address; "" is not known
	Dialect       string              // the engine: definitions and fast paths do not cross it
	Checking      Checking            // of foreign keys, as a target
	FireTriggers  bool                // whether the host's triggers would fire during a landing
	Rebuild       bool                // whether a landing makes the tables anew from the source's definitions
	ReservesKeys  bool                // whether keys can be reserved without a sequence, under the store's own lock
	NoUpdate      map[string][]string // by table, the columns that the role may not change in rows that are there
	Preconditions []string            // what has to be mended before this database can be read or written, with the remedy
	Warnings      []string            // what deserves a look before the tenant is read
	Definitions   []Definition        // the statements that make the schema, where Rebuild needs them
}

// Definition is a statement that makes a part of a schema.
type Definition struct {
	Kind  string // "table", "index", "view", "trigger"; "counter" and "version" for what brings these up to the original's
	Name  string
	Table string // the table it belongs to
	SQL   string
}

// Landing is what a stage is opened for.
type Landing struct {
	Run         RunID
	Token       Token
	Source      tenancy.ID
	Target      tenancy.ID
	Keys        KeySpace     // who shares the target's tables
	Replace     []Extent     // whose rows are taken out: the tables that are copied or emptied, parents before children
	Loosen      []Extent     // columns (Only) that become NULL in the rows to be taken out, before they are: references over them lead round in a cycle
	Keep        []string     // tables whose rows and definitions stay as they are
	Rebuild     bool         // make all tables but those to keep anew from Definitions
	Definitions []Definition // of the source
	References  []Reference  // all that the plan knows of, for the checks before and after
}

// Reference is a reference between two tables, as the stage checks it.
type Reference struct {
	Name     string   // for messages
	From     Extent   // the target tenant's rows that refer
	Columns  []string // their columns
	To       Extent   // the target tenant's rows that are referred to
	ToKey    []string // their columns
	Any      bool     // a row of any tenant will do, or none if it is not declared (`outside: pass`)
	Declared bool     // by the database
}

// Finding is something wrong that a check found.
type Finding struct {
	Table   string `json:"table"`
	Rows    int64  `json:"rows"`
	Message string `json:"message"` // names columns and, where the key is a number, a row; never a sensitive value
}

// Handover is what takes effect with the commit.
type Handover struct {
	Run        RunID
	Token      Token
	Target     tenancy.ID
	Settings   tenancy.Settings
	Provenance tenancy.Provenance
	// Configuration is what becomes of the tenant's settings, for a [Configurer]: nil leaves them and their baseline as they are.
	Configuration *configuration.Change
}
