// Package mysql holds tenants' data in MariaDB, from version 10.5 on. What is written here for MySQL 8 follows its manual and has not been
// tried on a server; the tests run on MariaDB 10.11.
//
//	db, err := mysql.Open(ctx, "app:secret@tcp(db.example:3306)/crm?tls=true")
//	…
//	data := mysql.Shared(db, sqldata.Config{})
//	runner := refresh.Runner{Source: data, Target: data, …}
//
// [Shared] takes the host's own *sqlx.DB too, whatever its parameters, as long as its driver is github.com/go-sql-driver/mysql and its character
// set utf8mb4: whatever the package depends on is set for each session, and a connection that had a snapshot or a landing is closed and not used
// again. [Source] is for a user who may only read.
//
// # What a plan sees
//
// The tables of the connection's database. Views, sequences and temporary tables are left out. All tables must be InnoDB's: others have neither
// snapshots nor transactions. What the user lacks is among the preconditions of the plan, each with the statement that grants it. The right
// TRIGGER is needed to see triggers at all.
//
// # How values travel
//
// tinyint(1) and bit(1) are booleans; another number in such a column stays that number. timestamp is an instant, datetime is not. Enums, sets,
// network addresses and geometries can only be passed. BINARY(16) is bytes, also where a host keeps UUIDs in it; MariaDB's type UUID is one. Zero
// dates ('0000-00-00') and days that no month has pass as they are, and have no form that a mask for dates reads. Texts travel as utf8mb4
// and come back in their column's own character set. Every value is read again before the commit, so that one which the server
// changed while it stored it, with or without a warning, fails the run; warnings of an INSERT are therefore not asked for.
//
// A tenant id in a text column is compared byte by byte beside the column's collation, to which ACME and acme may be one. An index that begins with the
// tenant column serves both. Without one, a landing and others wait for each other's rows.
//
// # How a landing behaves
//
// One transaction at READ COMMITTED takes the old rows out and puts the new ones in, without checks of foreign keys, so that no cascade reaches
// other rows; all references are verified by set before the commit. Triggers cannot be switched off: a plan that has any on a table
// to be replaced is refused. The session's own counters prove that nothing else was written. The binary log must not be of statements.
//
// A landing holds a named lock of its tenant, by which the next landing on that tenant, whose token is the current one, finds its session and ends it. A
// session that stops answering in the middle of a landing is ended by the server after five minutes. A transaction that the server ends
// because of a deadlock commits nothing.
//
// A transaction that was open when the outage began is waited for, if the user may see it (GRANT PROCESS ON *.*). The server says when it began to the
// second, and may show what it looked up for somebody else a tenth of a second before.
//
// A snapshot keeps others from changing the definitions of the tables that it has read, and whoever tries keeps everybody else waiting: do not run a
// migration during a refresh.
//
// # Keys
//
// The counter of an AUTO_INCREMENT column is moved by rows that are inserted in large steps and rolled back; nobody else gets a key in between, and nobody
// waits. Where auto_increment_increment is not 1, other servers own the keys in between, and a plan is refused. A key that the host
// assigns itself, or draws from a sequence, needs another scheme in the rules (uuid, tag, station).
//
// # Two paths
//
// On the portable path rows are written by INSERT. The fast path writes them as the lines of a LOAD DATA LOCAL statement, which the driver takes from a
// pipe: no file is read or written. It needs local_infile on the server (MariaDB's default; SET GLOBAL local_infile = ON on MySQL); without it, rows take the
// portable path. LOCAL makes warnings of errors, so that on this path any warning fails the run. Both give the same rows and the same digest.
//
// # What is not there
//
// A database for each tenant. A cluster of Galera is warned of: a landing is one write set.
package mysql
