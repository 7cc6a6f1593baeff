// Package sqlite connects SQLite, by the driver modernc.org/sqlite, which needs no C compiler: tenants that share the tables of one file
// ([Shared]), tenants with a file each ([Files]), and a database for people's side ([Open] and package sqlstore).
//
// # What SQLite does differently
//
//   - A file has one writer. A landing holds the write lock from its first to its last row, so other tenants' writers in the same file wait
//     meanwhile, and fail after their busy_timeout; readers go on. A refresh belongs into a time in which that is bearable. Keep the store of people's side in a file of its own.
//   - Reading and writing one file at once needs a write-ahead log; a plan is refused without one.
//   - Foreign keys and triggers: the landing's connection checks no foreign keys, so that no cascade reaches other rows, and verifies all of them
//     by set. SQLite cannot switch triggers off; the landing drops those of its tables and makes them again in the same transaction.
//   - A column holds values of any storage class, whatever its declared type. Each value comes back in the class it had.
//   - An INTEGER PRIMARY KEY without AUTOINCREMENT gives the keys of deleted rows away again. Should a key that a copy had come to a row of another
//     tenant, the next refresh gives the copy another one.
//
// A connection that had a snapshot or a landing has other settings than the pool gave it; it is closed and not used again.
//
// # How rows are copied
//
// There is one path. The snapshot's connection reads while the landing's connection writes, both by the driver's own calls (see sqldata.Direct). Reading, masking,
// hashing and encoding take less time than writing and run beside it. The goroutine that writes takes about the processor time of an INSERT … SELECT of the same
// rows through the same driver, and all together 1.7 to 1.8 times as much. By the clock BenchmarkSharedCopy measures 1.3 to 1.7 times the unmasked statement on two
// virtual cores that others use too, its keys mapped and its pages given as much memory.
//
// The engine could do more of it alone: by INSERT … SELECT with masks and keys as SQL functions, or from a virtual table. Neither is faster: on one core,
// five functions that return their argument took 1.4 times the time of the unmasked statement, and a virtual table twice, without a mask or a digest, and a
// statement runs on one core only. Both need a connection of ours to the host's file, without the functions, collations and settings of the
// host's own, which its indexes may need; and a statement that reads the source itself reads the file as it is when the landing begins, not the
// snapshot.
//
// # Memory
//
// A refresh takes the same memory whatever the number of rows, but for the sets of keys, which take some bytes for a thousand rows: 8 MiB of pages
// for the snapshot, 32 MiB for the landing and as much again while it makes an index, and a few batches of rows. BenchmarkPeakMemory measures it.
//
// # No side file
//
// To shorten the time for which a landing holds the write lock, the copy could be made and verified in a file beside the shared one, and moved in a
// transaction of its own. That would not be a short one: moving the rows is the same INSERT … SELECT into the same indexes. BenchmarkSideFile
// measures a third to two thirds of the lock's time, which for two million rows is still longer than most hosts' busy_timeout. Against that, keys would have to be reserved without the lock, which SQLite cannot do: the next row that the host writes takes the first of them, and
// the run would begin anew. What shortens the lock is to write less.
package sqlite
