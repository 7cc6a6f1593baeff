// Package sqlstore keeps people's side of a refresh in SQL: refreshes, leases and the chain of receipts in a [Store], tenants in a
// [Directory]. It works on the host's own *sqlx.DB, imports no driver, and knows SQLite ("sqlite", modernc.org/sqlite), PostgreSQL
// ("pgx", "postgres"), and MySQL and MariaDB ("mysql", github.com/go-sql-driver/mysql; tried on MariaDB 10.11):
//
//	if err := sqlstore.Install(ctx, db); err != nil { // at each start; creates or upgrades the tables
//		return err
//	}
//	store, err := sqlstore.NewStore(db)
//	directory, err := sqlstore.NewDirectory(db)
//
// The directory keeps each tenant's settings too, for hosts that have no table of their own for them ([Directory.Configure]).
//
// Both may share a database or not. A host that has a table of tenants of its own implements refresh.Directory itself; where that, or the
// Directory here, lies in the database of the tenants' data, [Directory.Handover] writes the quiet settings in the landing's own
// transaction.
//
// # How the database is opened
//
// SQLite: as a file with journal mode WAL, and with synchronous FULL, the driver's default; [Install] refuses less, since a
// record has to be durable when a call returns. The package begins its own writing transactions with BEGIN IMMEDIATE, and waits for another
// writer for up to ten seconds beside the connection's busy_timeout, so that no setting of the DSN is needed. A landing keeps SQLite's one write lock
// for as long as it lasts: give the store a file of its own. A database in memory needs SetMaxOpenConns(1).
//
// PostgreSQL: with any pool, also one that gives out another session for each transaction. Tables lie in the first schema of the search path.
//
// MySQL and MariaDB: with the driver's own character set, utf8mb4, and any other parameters. Tables lie in the database that the DSN names. Ids have up to 512
// bytes. [Install] refuses a server that loses what it has committed with the power (innodb_flush_log_at_trx_commit other than 1).
//
// # Promise
//
// Tables are named retenant_… and only grow from version to version; [Install] upgrades them, and refuses those of a newer version. Every
// method may be called from any number of processes. Writes are one transaction each, run again where the database asks for it (busy,
// deadlock, serialization), and durable when they return. Whether a lease runs is told by the database's clock. A refresh is kept as its
// JSON, exactly, beside the columns that queries need; a field that this version does not know is an error and not
// dropped. Instants in columns have microseconds and are in UTC.
package sqlstore
