package masking

// Version is the version of the rules format that this package reads and writes.
const Version = 1

// Rules say what the data is: which table belongs to tenants, which mask each column has, which columns refer to which tables.
// [ParseRules] reads the YAML form, [Rules.YAML] writes it, and [Rules.Validate] checks a value made in Go.
type Rules struct {
	Version      int              // format version, always [Version]
	TenantColumn string           // the default tenant column of every table; "" where each tenant has a database or file of its own
	Tables       map[string]Table // by name, unquoted, with the schema where that is not the default one
}

// Table holds the rules of one table.
type Table struct {
	TenantColumn string            // the tenant column, if other than the default
	Global       bool              // belongs to no tenant, shared by all: untouched by a refresh, so it has no other rules
	Key          Key               // how its primary key is mapped
	KeyColumn    string            // the column that Key maps, where the primary key has several of its own; "" is the only one
	Columns      map[string]Column // by name
	References   []Reference       // references that the database does not declare, or whose Outside is not the default
	Line         int               // place in the rules file, 0 for Go values
}

// Key is the scheme by which a copy's primary keys are made. Where each tenant has a database of its own, keys come over as they are unless a scheme
// other than same is asked for. Under tag, offset and station the copies' keys show what people assigned, so the column has the rule pass with its
// reason. See package keys.
type Key = string

// The key schemes that rules may ask for.
const (
	KeyByPlan          Key = ""                  // the plan chooses by the key's type and the target's key space
	KeySame            Key = "same"              // the copy's key is the original's
	KeyGenerations     Key = "generations"       // of integers that a sequence hands out: a base plus the rank of the original
	KeyUUID            Key = "uuid"              // of UUIDs: a permutation that keeps the version, and of version 7 the time
	KeyUUIDWithoutTime Key = "uuid_without_time" // the same, with another time too
	KeyTag             Key = "tag"               // of texts that people assign: a prefix or a suffix that the profile chooses, by default the target's id and a hyphen
	KeyOffset          Key = "offset"            // of numbers that people assign: those of one range go to another one, which the profile names
	KeyStation         Key = "station"           // of a station and a serial number: each station of the source has one of the target's own, by the profile
)

// KeySchemes returns the key schemes that rules may ask for.
func KeySchemes() []Key {
	return []Key{KeySame, KeyGenerations, KeyUUID, KeyUUIDWithoutTime, KeyTag, KeyOffset, KeyStation}
}

// Reference says that Columns of a table refer to ToColumns of the table To.
type Reference struct {
	Columns   []string
	To        string
	ToColumns []string // nil is the primary key of To
	Outside   Outside
	Line      int // place in the rules file, 0 for Go values
}

// Outside says what becomes of a reference to another tenant's row. The YAML form of the zero value is "refuse".
type Outside string

// What becomes of a reference to another tenant's row.
const (
	OutsideRefuse Outside = ""     // the run is refused
	OutsideNull   Outside = "null" // the copy has NULL instead
	OutsidePass   Outside = "pass" // the copy refers to the same row
)
