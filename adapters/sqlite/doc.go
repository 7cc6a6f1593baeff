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
package sqlite
