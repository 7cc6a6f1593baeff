// Package receipt holds the proof of a run: a value that says what was read and written, by which rules and with what result, sealed by
// a hash that is chained to the receipt of the run before it.
//
// A receipt can be shown to anybody who may know that the refresh took place: it holds counts, digests and the names of tables and columns, but
// no cell, no row key and no secret. [Receipt.Verify] finds a receipt that was altered, [VerifyChain] one that is missing; against somebody who can
// write to the store and seals the whole chain anew, keep the newest hash elsewhere.  whether the target still is what
// the receipt says is for refresh.Runner.Verify to find out.
//
// # Promise
//
// The JSON form is stable within a [Format]: a sealed receipt can be verified by every later version.
package receipt
