// Package sqldata keeps tenants' data in SQL databases: it implements refresh.Source and refresh.Target once for all engines. It imports no
// driver; packages sqlite, postgres and mysql bring one, a [Dialect] each, and the constructors that a host calls:
//
//	db, err := sqlite.Open(ctx, "crm.db", sqlite.Create)
//	data := sqlite.Shared(db, sqldata.Config{})          // tenants share tables, by a tenant column
//	data := sqlite.Files(pathOf, sqldata.Config{})       // a file for each tenant
//	data := postgres.Shared(db, sqldata.Config{})
//	data := mysql.Shared(db, sqldata.Config{})
//
// # The landing
//
// A landing is one transaction. In shared tables it deletes the target's rows and inserts the copy's; readers see the old rows until the
// COMMIT. Where a tenant has a database of its own, and the engine's DDL is a part of transactions, the tables themselves are made anew from the source's
// definitions, so that the copy has the source's schema too.
//
// The landing counts every row change it makes and compares the count with the database's own before it commits: a trigger or a cascade that changed a row
// behind its back is an error. References are checked by set against the rows of the target and of no tenant.
//
// # What is written beside the host's tables
//
// Five tables in the target's database, made when the first refresh begins:
//
//	retenant_fence        the token that may commit on a tenant, and how often it was replaced
//	retenant_commit       the commit marker of each run
//	retenant_key_set      which original has which key in which target
//	retenant_retired_key  which keys of copies came to somebody else's rows
//	retenant_row_digest   seven to ten bytes for each row of a copy, by which a later plan counts what was changed in it since
//
// They are written in the landing's own transaction: a key mapping that survived without its rows, or rows without their mapping, would
// break every later refresh. In shared tables the source's database is the target's, so they stand there; in a database that is only read, nothing is
// written.
package sqldata
