// Package postgres holds tenants' data in PostgreSQL, from version 13 on.
//
//	db, err := postgres.Open(ctx, "postgres://app@db.example/crm")
//	…
//	data := postgres.Shared(db, sqldata.Config{})
//	runner := refresh.Runner{Source: data, Target: data, …}
//
// [Shared] takes the host's own *sqlx.DB too, as long as its driver is that of pgx: whatever the package depends on is set for each
// transaction and gone after it. [Source] is for a role that may only read.
//
// # What a plan sees
//
// The tables of the schemas in the role's search path: those of the first schema under their bare name, others as "schema.table". A
// partitioned table is one table. Views, foreign tables, temporary tables and tables of extensions are left out. What the role lacks is
// among the preconditions of the plan, each with the statement that grants it. Tables that inherit from each other in the old way are
// refused: a row of the child would be read twice.
//
// # How a landing behaves
//
// One transaction at READ COMMITTED takes the old rows out and puts the new ones in. Where the role may set session_replication_role,
// the host's triggers and the engine's checks of foreign keys are suspended for that transaction; references, and deferrable unique and
// exclusion constraints, which the engine then skips too, are verified by set before the commit. Elsewhere deferrable constraints are
// checked at the commit, others at each statement, and triggers fire: a plan that has any on a table to be replaced is refused.
//
// A landing holds an advisory lock on its tenant. The next landing on that tenant, whose token is the current one, finds the session by it and
// ends it: a runner that was paused for longer than its lease would otherwise keep the rows locked. That needs the same role on both sides, or
// pg_signal_backend.
//
// A session that stops answering in the middle of a landing is ended by the server after five minutes, not one: a source may be silent for
// minutes while it looks for a tenant's first row in a large table. A client that is killed is noticed at once by the closed connection.
//
// # Keys
//
// A sequence cannot be locked. Up to 65536 keys are drawn from it one by one, which leaves no gap as long as nobody else draws in between. Larger
// reservations, and those on a busy sequence, are made by one setval above its last value with slack for those who draw at that moment;
// the slack grows with what they drew while the reservation was prepared. Should somebody draw more than that within the one
// call, the primary key refuses the landing: nothing is lost, and the run is done again. Sequences whose increment is larger than 1 because
// the host deals out the numbers in between itself are taken into account.
//
// # Two paths
//
// On the portable path every value travels as text, by SELECT and INSERT. The fast path rewrites a binary COPY stream between the
// two connections: it touches the fields that the program changes and hands on the others as they came. Tables with a column of a
// type whose binary form is not known here (intervals, arrays, ranges, …) take the portable path. Both give the same rows and the same digest.
//
// # Known limits
//
// While checks are suspended, a host that deletes a row of no tenant between the check of references and the commit leaves a reference to it behind: do
// not delete global rows during an outage. A tenant column of type text must not have a nondeterministic collation, in which two ids may be equal.
package postgres
