// Package classify proposes how the columns of a table are to be classified: masked, or passed with a reason. It looks at names, types,
// sizes and unique keys, never at data, and it never decides: a proposal becomes a rule when a person has looked at it.
//
//	for _, p := range classify.Propose(table, classify.Setting{}) {
//		fmt.Println(p.Name, p.Column.Mask, p.Why)
//	}
//
// # Concepts
//
// Names are read in several styles of English: first_name, FirstName, firstname, fname. What may identify a person is recognized loosely, what is
// harmless only by the whole word; what is not recognized gets the stricter proposal: NULL where that is allowed, filler text, or a fixed value.
//
// Keys, references and the tenant column take no rule, so that there is no proposal for them.
//
// # Promise
//
// A proposal passes [masking.Column.Check] on its column, and puts no lossy mask on a column that has to stay unique. Where there is no such rule, the
// proposal is without one and says why.
package classify
