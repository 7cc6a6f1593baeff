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
// Where the copy lives in a key space of its own (a schema, a database or a file per tenant) keys stay: use [Same]. If the
// rules ask for other keys there (remap: always), use Generations all the same: the first base is 1 or whatever the host
// likes, and the next one lies behind the last of [Generations.Spans] and behind the keys of retained rows. No row keeps its
// number then, so rows that are global in the source must be among the originals too, and a reference that has no copy must
// not pass: its number would be that of another row.
//
// The other schemes need nothing stored but their settings, which must stay the same for as long as the copy is refreshed:
//
//	UUID                        [UUIDs]      a permutation under a secret key
//	station and serial number   [Stations]   in a [Composite]
//	assigned text               [Tag]        a prefix or a suffix
//	assigned numbers            [Offset]     a block of numbers; or Generations, reserving from the host's allocator
//	assigned, without a rule    [Refuse]
//	several columns             [Composite]  of the mappings of its columns
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
// mapping says so instead of guessing, and the caller decides what becomes of the reference. The other schemes compute, and
// answer for keys whose record they have never seen: there the caller asks first whether the record is in scope. Keys of
// global rows are exceptions of theirs, which map to themselves and which no copy gets.
//
// A copy that a transfer, merge or split has taken over is retired: its key stays with the record that holds it, is never
// handed out again, and the original gets another key: from the next generation, or by a further permutation of UUIDs.
//
// The secret key of UUIDs is the caller's to derive: this package knows no secrets but that one, and writes none.
//
// A [Key] is the text of a whole key, of one column or several, for messages and for comparison. A [Mapping] works on
// the text of one integer, UUID or other key column, a Composite on a Key.
//
// # Promise
//
// Values are immutable after they are made and safe for concurrent use; a [SetBuilder] is not. The nil *Set and the nil
// *Generations are empty and every method may be called on them.
//
// What MarshalBinary writes is stored beside tenants' data and lives for years. Every later version of this package reads
// what this one writes, and maps each original to the same copy. The bytes begin with a name and a version, end with a
// checksum, and are refused with [ErrEncoding] when anything is wrong with them; the work and the memory that refusing
// takes are in proportion to the length of the input, but for the comparison of generations with each other. The schemes
// that compute never change their answers either: golden vectors in the tests pin them.
//
// # Departures from the architecture
//
// The sets are not roaring bitmaps in memory: their rank adds up all containers before the one asked for, and a refresh
// asks once per cell. A frozen index of blocks with counts in front takes its place, laid out so that a lookup in a set too
// large for the processor's caches waits for memory once or twice, and the next lookup begins meanwhile. On disk they are
// roaring bitmaps in the portable 64-bit format, so that other tools can read them. Only the outermost frame of that
// format, a count and a number before each part, is read here: the library allocates by that count before it has seen the
// parts.
//
// The permutation of UUIDs is not one AES block: the bits that stay leave 122 or 74, which no block cipher has. It is a
// Feistel network with AES in two of its four rounds and a universal hash in the others.
package keys
