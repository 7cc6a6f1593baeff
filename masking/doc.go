// Package masking says what the data is and replaces what identifies people.
//
// # Usual case
//
// A host writes a rules file, reads it with [ParseRules], holds each column's rule against the column's type and size with
// [Column.Check], and turns it into a [Mask] with [Column.Compile]. The mask appends the fake of one cell to a buffer:
//
//	secret, err := masking.NewSecret(key) // 32 bytes or more, kept where the host keeps its secrets
//	rules, err := masking.ParseRules(file)
//	mask, err := rules.Tables["persons"].Columns["email"].Compile(secret, "tenant 17", column)
//	buf, form := mask.Append(batch.Buffer(), row.Cell(i), row)
//
// # Rules
//
// [Rules] are a Go value. Their YAML form is strict: an unknown key, a mask that does not exist, a pass without a reason and
// every other mistake is reported, all at once, with its line and what to write instead.
//
//	version: 1
//	tenant_column: tenant_id
//	tables:
//	  persons:
//	    columns:
//	      first_name: first_name
//	      email: {mask: email, domain: login}
//	      country: {pass: two letters that identify nobody}
//	      status: {fixed: active}
//	      nickname: {mask: null}
//	    references:
//	      - {columns: [owner_id], to: users, outside: null}
//	  countries: {global: true}
//
// # Masks
//
// A keyed mask is a pseudo-random function of the secret, the domain, the audience and the value's canonical bytes. HKDF-SHA256
// derives a sub-key for each domain, audience and mask identity; SipHash-2-4 with 128 bits maps a value under that sub-key. So the
// same value has the same fake in every column of a domain, in every table and on every run, and another audience's
// fakes have nothing in common with it. Nothing is remembered between values, and a mask allocates nothing.
//
// Values are compared byte by byte: "Ann@x.org" and "ann@x.org" are two values with two fakes.
//
// Each mask declares in its [Traits] what it does to uniqueness and length, so that a plan can refuse a lossy mask on a unique
// column, or a column too short, before anything is read.
//
//   - NULL stays NULL and the empty text stays empty, but under null and fixed.
//   - Text that a mask makes is ASCII, save for white space that redact keeps, hence valid UTF-8 whatever the input was.
//   - Names, companies and telephone numbers never equal the value they replace, whatever its case: where the first draw does, a
//     second is made among all the others.
//   - E-mail addresses end in .invalid, which no resolver may resolve (RFC 2606, section 2; RFC 6761, section 6.4), and carry 64 bits
//     of the function, so that distinct values collide with a chance of about n²/2⁶⁵.
//   - Telephone numbers are those from 555-0100 to 555-0199 of a geographic area code, which the North American Numbering Plan
//     sets aside for fiction.
//
// An index into a dictionary of n words is the upper half of the 128-bit product of n and 64 bits of the function (multiply-shift);
// its bias is below n/2⁶⁴.
//
// # Promise
//
// A mask's [Traits.Identity] names its version and the content of its dictionaries. As long as it stays, so does every fake; golden
// vectors in testdata hold each version to that. A change of either gives the mask new sub-keys, hence all new fakes, and shows in the
// receipt of the run.
package masking
