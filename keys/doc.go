// Package keys says what identifies a record, and how the key of a copy follows from the key of its original.
//
// # Usual case
//
// A refresh inside shared tables makes new records, so it needs new keys. For an integer key the mapping is a
// [Generations]: ask which originals have no key yet, reserve that many ids from the host's own sequence, and extend.
//
//	missing := g.Missing(originals)
//	base := reserve(missing.Len()) // the first of that many ids nobody else uses
//	g, err := g.Extend(missing, base)
//	copy, ok := g.MapInt(original)
//
// Where the copy lives in a key space of its own (a schema, a database or a file per tenant) keys stay: use [Same].
//
// # Concepts
//
// A [Set] is an ordered set of ids that can be read only: it answers how many ids lie before one (Rank) and which id
// stands at a place (Select). A [SetBuilder] makes it.
//
// A generation is a set of originals and a base; the copy's key is base + rank of the original. It uses as many ids as
// there are rows, keeps the order of the originals, and needs no row per record. Later refreshes only add generations,
// so the same original has the same copy for as long as it is not retired.
//
// An id outside every generation has no copy here: the record is global, belongs to another tenant, or is new. The
// mapping says so instead of guessing, and the caller decides what becomes of the reference.
//
// A copy that a transfer, merge or split has taken over is retired: its key stays with the record that holds it, is never
// handed out again, and the original gets another key from the next generation.
//
// A [Key] is the text of a whole key, of one column or several, for messages and for comparison. A [Mapping] works on
// the text of one integer, UUID or other key column.
//
// # Promise
//
// Values are immutable after they are made and safe for concurrent use; a [SetBuilder] is not. The nil *Set and the nil
// *Generations are empty and every method may be called on them.
//
// What MarshalBinary writes is stored beside tenants' data and lives for years. Every later version of this package reads
// what this one writes, and maps each original to the same copy. The bytes begin with a name and a version, end with a
// checksum, and are refused with [ErrEncoding] when anything is wrong with them; the work and the memory that refusing
// takes are in proportion to the length of the input, but for the comparison of generations with each other.
//
// # Departures from the architecture
//
// The sets are not roaring bitmaps in memory: their rank adds up all containers before the one asked for, and a refresh
// asks once per cell. A frozen index of blocks with counts in front takes its place. On disk they are roaring bitmaps in
// the portable 64-bit format, so that other tools can read them. Only the outermost frame of that format, a count and
// a number before each part, is read here: the library allocates by that count before it has seen the parts.
package keys
