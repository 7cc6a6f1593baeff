// Package refresh replaces a tenant by a masked copy of another: the request, the plan, the run, its verification and its receipt.
//
// # Usual case
//
// Two values act, everything else judges. The [Desk] is the people's side: it takes a request, and keeps who agreed to what. The [Runner] is
// the machine's side: it plans, copies, verifies and commits.
//
//	request := refresh.Request{Source: "acme", Target: "acme-sandbox", Purpose: refresh.Develop, By: "ann"}
//	admitted, err := desk.Request(ctx, request)             // refused if the target is production, always
//	plan, err := runner.Plan(ctx, request)                  // changes nothing; all problems at once
//	fmt.Println(plan)                                       // what will be replaced, masked, kept
//	err = desk.Acknowledge(ctx, admitted.ID, plan)          // somebody agrees to this plan and no other
//	done, err := runner.Run(ctx, admitted.ID)               // the target is replaced completely, or as it was
//	fmt.Println(done.Receipt)
//
// After a crash, [Runner.Run] is called again, by whichever process: it finds out where to go on. [Runner.Abandon] opens the target as it was,
// up to the commit.
//
// # How a run goes
//
//	close    earlier runners are fenced off; the outage begins: a compare-and-set in the [Directory], which refuses production
//	drain    transactions that were open at the close end
//	note     the target's settings are decided on and recorded
//	copy     one snapshot of the source; per table read → re-key → mask → stage; then columns that had to be NULL because references form a cycle are
//	         set, and the target's own secrets are carried over
//	verify   the stage is re-read; digests, references, other tenants' rows
//	prepare  quiet and merged settings, provenance and the receipt are recorded, without effect as yet
//	commit   fence checked, data, key mappings and commit marker visible at once
//	settle   what was prepared takes effect; rows that others wrote meanwhile are counted
//	open     at the end of the outage, never before; the receipt is sealed
//
// From copy to commit it is one attempt, in one transaction of the target's database: after a crash it is done again as a whole.
//
// # Who decides that a run is committed
//
// The tenants' data, the Directory and the [Store] may live in three databases, and no transaction spans them. The data's database decides: each run has
// a [Token] that only grows; [Target.Fence] makes it the only one that may commit, and [Stage.Commit] looks at the fence under
// lock and writes a commit marker in the landing's own transaction. A paused process that wakes up late is refused, and a lost answer to the commit is
// found out by [Target.Committed]. What lives elsewhere is prepared before and put into effect afterwards, idempotently; until then the tenant is
// closed, and the guard of package tenancy denies everything. The outage makes the handover atomic for people, the commit makes the data atomic.
//
// # Keys
//
// In tables that tenants share a copy gets keys of its own, and every reference follows: integers by generations, which the stage reserves
// and remembers; UUIDs by a permutation under a key derived from secret and target, which needs no memory; a part of a composite
// key by the row that it refers to. What people assign has a scheme by rule ([masking.Key]) and its looks by profile ([KeyChoice]). Keys of rows of
// no tenant stay, and what people assigned can still be seen in the copy's key, so it needs a reason to pass. In a database of its own a copy has the original's
// keys, unless the rules name a scheme. A number or UUID of a copy that has come to a row of another tenant is retired: it stays with that row, and the original
// gets another one. Keys that people assign cannot be another, so a plan whose copies would meet the keys of others is refused. Which references may leave the tenant, and what becomes of those, is
// a rule of the reference ([masking.Outside]).
//
// # What is verified
//
// Each row that the program makes is hashed under a key derived from the secret, with its keys as they are in the source. The stage is
// re-read, keys turned back, hashed again and compared ([Digest]): a row that was dropped, doubled, swapped or altered on the way differs.
// Secrets that stay are no part of that digest: keys and secrets are re-read and compared for themselves.
// References are checked by set; changes in the landing's transaction that the landing did not make (triggers, cascades) are counted, and
// any is an error, as is a row of another tenant that would lose the row it refers to. The same digest stands in the receipt, so that
// [Runner.Verify] can tell later whether the target still is what was delivered.
//
// # Settings
//
// A directory that is a [Configurer] keeps the host's own settings of each tenant. [Profile.Settings] chooses for each of them: its default, the source's, the
// target's, or what only one side changed since the last refresh (package configuration). Values that come from the source come as they are: masks are for
// rows. Secrets never come, nor does what the host has not declared ([Runner.Settings]): that refuses a plan which would copy it.
//
// # What will be lost
//
// A landing leaves a digest of each row behind, taken from the stage when it is re-read: 40 bits of a keyed hash of the row's key and 32 of one of the row, as the
// target has it ([RowDigestWriter]). [Runner.Plan] reads the target's rows once and holds them against these: its annex tells, by table, how many were changed,
// created and deleted, and names up to five of them where keys are numbers or UUIDs that no mask makes ([Losses]). No timestamp is trusted, and masks and key
// mappings do not matter; after a change of a table's columns, and under another secret, it says that it cannot tell. Secrets that stay (`secret: keep`) are
// not lost, so digests leave them out; where they stay no longer, or the target becomes a copy of another tenant, each row that has one counts as changed. A row
// that the source has deleted goes with its secret, and does not count for that. A table of more than eight million rows has sums in place of digests, and the number is a
// lower bound.
//
// [Desk.Acknowledge] records the numbers that were seen. [Runner.Run] counts again before the outage and once more after the drain, when nobody works in the
// target any more: where more would be lost, by more than [Tolerance] allows, it returns [ErrMoreLost], and nothing is written. The first of these two
// readings of the target's rows spares people an outage for nothing, the second gives the numbers of the receipt; a resumed run takes the second alone, and
// [Profile] turns off both. What is written to the target after that, past the guard, is lost uncounted.
//
// # Ports
//
// [Source], [Target], [Directory] and [Store] are what a host connects. Package adapters/sqldata implements the first two in SQL, sqlstore the
// others, adapters/memory all four; the suites in adapters/adaptertest prove what the methods owe.
//
// # Promise
//
// A production tenant, or one whose kind is not declared, is never closed and never written: [Policy.Admit], [Compile], [Directory.Close] and the
// commit each refuse it, and there is no flag that says otherwise. No unmasked byte of a masked column reaches the target's database. With an error, the target is
// as it was or completely replaced, and [Refresh.State] tells which. The same snapshot, rules, secret, target and key state give the same
// digest, on every path and every engine.
//
// This package is pure: it imports no SQL, network or file package, has no clock but [Runner.Now], and leaves no goroutine behind.
package refresh
