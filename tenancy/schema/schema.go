package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Type is the canonical type of a column: it fixes the text form in which every store reads and writes the
// column's values, so that masks, keys and digests do not depend on the engine. See the package's documentation
// for the format of each.
type Type uint8

// The canonical types.
const (
	// Other is a type this package does not know. Its values are in the database's own text form and can only be
	// passed, fixed or set to NULL.
	Other Type = iota
	Text
	Integer
	Decimal
	Real
	Boolean
	Date
	Time
	Timestamp
	TimestampTZ
	UUID
	Bytes
	JSON
)

var typeNames = [...]string{"other", "text", "integer", "decimal", "real", "boolean", "date", "time", "timestamp",
	"timestamptz", "uuid", "bytes", "json"}

// String returns the type's name in lower case.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("type(%d)", t)
}

// Identity tells who hands out the values of an integer column.
type Identity uint8

// The identities of a column.
const (
	// NotIdentity marks a column whose values the host assigns.
	NotIdentity Identity = iota
	// IdentityByDefault marks a column that takes its next value from a sequence unless one is given.
	IdentityByDefault
	// IdentityAlways marks a column that refuses given values unless the statement overrides it.
	IdentityAlways
)

// Scales of a Decimal that do not pad to a number of digits.
const (
	ScaleAsWritten = -1 // 5, 5.0 and 5.00 are kept as they are
	ScaleShortest  = -2 // 5.00 is kept as 5
)

// Column is a column of a table.
type Column struct {
	Name     string
	Type     Type
	Declared string   // the database's own type, for messages: "character varying(120)"
	Bare     string   // the same without length and precision, for casts: "character varying"
	Size     int      // longest value in characters (bytes for Bytes); 0 is no limit
	Scale    int      // of a Decimal: digits after the point; or [ScaleAsWritten], [ScaleShortest]
	Nullable bool     // whether NULL is allowed
	Computed bool     // the database computes it from other columns: never read, never written
	Identity Identity // who hands out its values
	Sequence string   // the sequence it takes its values from, quoted for SQL; "" is none
}

// Unique is a primary key, unique constraint or unique index.
type Unique struct {
	Name       string
	Columns    []string // in order; of an expression, the columns it uses
	Expression bool     // some member is an expression
	Partial    bool     // holds only for rows that meet a predicate
	Deferrable bool     // may be checked at the end of the transaction

	NullsNotDistinct bool // two NULLs are one value to it
}

// ForeignKey is a declared reference from Columns to the columns ToColumns of table To.
type ForeignKey struct {
	Name       string
	Columns    []string
	To         string
	ToColumns  []string
	Deferrable bool
	Full       bool   // MATCH FULL: of several columns, all are NULL or none
	OnDelete   string // the database's word for the action: "CASCADE", "SET NULL"; "" or "NO ACTION" is none
}

// Trigger is a trigger of the host on a table.
type Trigger struct {
	Name string
	SQL  string // the statement that makes it, where the database keeps it
}

// Table is a table as the database's catalog describes it.
type Table struct {
	Name        string // as written in rules: unquoted, with its schema where that is not the default one
	SQL         string // the same, quoted for SQL
	Columns     []Column
	PrimaryKey  []string
	Unique      []Unique // the primary key is not repeated here
	ForeignKeys []ForeignKey
	Triggers    []Trigger
	Checks      []Check
}

// Column returns the column of that name.
func (t *Table) Column(name string) (Column, bool) {
	i := t.Index(name)
	if i < 0 {
		return Column{}, false
	}
	return t.Columns[i], true
}

// Index returns the place of the column in Columns, or -1.
func (t *Table) Index(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// Stored returns the columns that hold values of their own, in order: all but the computed ones. It is the column list of
// every [Batch] of the table.
func (t *Table) Stored() []Column {
	stored := make([]Column, 0, len(t.Columns))
	for _, c := range t.Columns {
		if !c.Computed {
			stored = append(stored, c)
		}
	}
	return stored
}

// Schema is what the tables of a database look like.
type Schema struct {
	Tables []Table // in order of name
}

// Table returns the table of that name, or nil.
func (s *Schema) Table(name string) *Table {
	i, found := slices.BinarySearchFunc(s.Tables, name, func(t Table, name string) int {
		return strings.Compare(t.Name, name)
	})
	if !found {
		return nil
	}
	return &s.Tables[i]
}

// Sort brings the tables into the order that [Schema.Table] needs. Whoever builds a schema calls it once.
func (s *Schema) Sort() {
	slices.SortFunc(s.Tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
}
