package keys

// Mapping takes the key of an original to the key of its copy and back, both as the canonical text of one column.
// Two originals never share a copy. The answers of one value never change. It is safe for concurrent use.
type Mapping interface {
	// Map appends the key of the copy to dst. It returns dst as it was and false where the original has no copy:
	// its text is not canonical for the scheme, or the record is outside of the mapping.
	Map(dst, original []byte) ([]byte, bool)

	// Invert appends the key of the original to dst. It returns dst as it was and false for the key of a record
	// that is not a copy, or no longer one. The key of a global row that maps to itself inverts to itself.
	Invert(dst, copy []byte) ([]byte, bool)

	// Scheme names the rule, for plans and receipts.
	Scheme() Scheme
}

// Scheme is the name of a rule by which copies get their keys, as it stands in plans, receipts and rules files.
type Scheme string

// The schemes. The empty Scheme names none.
const (
	SchemeSame        Scheme = "same"        // see Same
	SchemeGenerations Scheme = "generations" // see Generations
	SchemeUUID        Scheme = "uuid"        // see UUIDs
	SchemeStation     Scheme = "station"     // see Stations
	SchemeTag         Scheme = "tag"         // see Tag
	SchemeOffset      Scheme = "offset"      // see Offset
	SchemeRefuse      Scheme = "refuse"      // see Refuse
)

// Same is the mapping of a copy in a key space of its own: every key maps to itself, whatever its type. Where original and
// copy are rows of one table it must not be used, but for columns of a [Composite] in which another tells the two apart.
type Same struct{}

// Map appends original to dst; it never refuses.
func (Same) Map(dst, original []byte) ([]byte, bool) { return append(dst, original...), true }

// Invert appends copy to dst; it never refuses.
func (Same) Invert(dst, copy []byte) ([]byte, bool) { return append(dst, copy...), true }

// Scheme returns SchemeSame.
func (Same) Scheme() Scheme { return SchemeSame }

// Refuse is the mapping for assigned keys that no rule maps: no original has a copy.
type Refuse struct{}

// Map returns false.
func (Refuse) Map(dst, original []byte) ([]byte, bool) { return dst, false }

// Invert returns false.
func (Refuse) Invert(dst, copy []byte) ([]byte, bool) { return dst, false }

// Scheme returns SchemeRefuse.
func (Refuse) Scheme() Scheme { return SchemeRefuse }
