// Package classify proposes how the columns of a table are to be classified: masked, or passed with a reason. It looks at names, types,
// sizes and unique keys, never at data, and it never decides: a proposal becomes a rule when a person has looked at it.
//
//	for _, p := range classify.Propose(table, classify.Setting{}) {
//		fmt.Println(p.Name, p.Column.Mask, p.Why)
//	}
//
// # Concepts
//
// Names are read in several styles of English: first_name, FirstName, firstname, fname. What may identify or concern a person is looked for first and
// loosely, anywhere in the name. What is harmless counts only as the end of a name of which every other word is known to be one of things:
// invoice_status is passed, diabetes_status is not, and neither is a status of which the name says something that is not known. The status, kind or size of a
// sensitive value, such as email_status, is passed for review. What is not recognized gets the stricter proposal, for review: NULL where that is
// allowed, filler text, or a fixed value.
//
// A pass is certain only where name and table speak of no person. Of flags, only those of software are passed. A number that is called an id is passed for
// review, unless a person is known by it, as by a national_id.
//
// What the columns of a table tell together counts too: a first name, a last name and an e-mail address of the row's own person become those of one
// fictitious person, and dates in somebody's life move together, where the row or its only reference to a person says whose they are. A mask that keeps
// values apart and may meet one that it cannot read makes NULL of it where that is allowed, and is marked for review where it would refuse the run.
//
// Keys, references and the tenant column take no rule, so that there is no proposal for them.
//
// # Promise
//
// A proposal passes [masking.Column.CheckFor] on its column and table, and puts no lossy mask on a column that has to stay unique. Where there is no such rule, the
// proposal is without one and says why.
package classify
