// Package masking says what the data is and replaces what identifies people.
//
// # Usual case
//
// A host writes a rules file, reads it with [ParseRules], holds each column's rule against the column's type, size and table with
// [Column.CheckFor], and turns it into a [Mask] with [Column.CompileFor]. The mask appends the fake of one cell to a buffer:
//
//	secret, err := masking.NewSecret(key) // 32 bytes or more, kept where the host keeps its secrets
//	rules, err := masking.ParseRules(file)
//	binding := masking.Binding{Secret: secret, Audience: "tenant 17"}
//	mask, err := rules.Tables["persons"].Columns["email"].CompileFor(binding, &table, column)
//	buf, form, err := mask.Append(batch.Buffer(), row.Cell(i), row)
//
// # Rules
//
// [Rules] are a Go value, a YAML file, or struct tags on the host's models ([FromStructs]); the same rules have the same [Rules.Hash],
// whichever way they were written. The YAML form is strict: an unknown key, a mask that does not exist, a pass without a reason and
// every other mistake is reported, all at once, with its line and what to write instead.
//
//	version: 1
//	tenant_column: tenant_id
//	tables:
//	  persons:
//	    columns:
//	      first_name: {mask: person, part: first_name, subject: [id]}
//	      email: {mask: person, part: email, subject: [id]}
//	      born: {mask: date_shift, days: 30, subject: [id]}
//	      salary: {mask: number, percent: 10}
//	      country: {pass: two letters that identify nobody}
//	      status: {fixed: active}
//	      nickname: {mask: null}
//	      api_token: {secret: keep}
//	      profile:
//	        mask: json
//	        paths: {name: last_name, "contacts[*].email": email}
//	        rest: drop
//	      value:
//	        when:
//	          - {column: kind, in: [phone, fax], then: phone}
//	          - {column: kind, equals: null, then: null}
//	        else: redact
//	    references:
//	      - {columns: [owner_id], to: users, outside: null}
//	  countries: {global: true}
//
// Nothing passes by default. A document has a rule for each path and one for the rest, which refuses the run where nothing else is said; a
// condition has a rule for the case that no case holds; a value that a mask cannot read refuses the run unless malformed says
// otherwise. A refusal is an [ErrRefused] of [Mask.Append].
//
// # Masks
//
// A keyed mask is a pseudo-random function of the secret, the domain, the audience and the value's canonical bytes. HKDF-SHA256
// derives a sub-key for each domain, audience and mask identity; SipHash-2-4 with 128 bits maps a value under that sub-key. So the
// same value has the same fake in every column of a domain, in every table and on every run, and another audience's
// fakes have nothing in common with it. Nothing is remembered between values, and a mask of a single value allocates nothing; documents,
// arrays and the functions of gofakeit and of the host do.
//
// person and date_shift are functions of a subject instead: the original values of other columns of the row, which [Column.Reads] names. A
// table that refers to a person, with the reference as the subject, has the same person and the same shift.
//
// Values are compared byte by byte: "Ann@x.org" and "ann@x.org" are two values with two fakes.
//
// Each mask declares in its [Traits] what it does to uniqueness, length, format and order, so that a plan can refuse a lossy mask on a unique
// column, or a column too short, before anything is read.
//
//   - NULL stays NULL and the empty text stays empty, but under null, fixed, secret and when.
//   - Text that a mask makes is ASCII, save for white space that redact keeps, separators that digits and token keep, what a rule says
//     to keep of a URL or a document, and some lists of gofakeit.
//   - Names, companies, streets, cities and telephone numbers never equal the value they replace, whatever its case: where the first draw does, a
//     second is made among all the others. The parts of a person cannot promise that, since they do not know each other's values.
//   - E-mail addresses and hosts end in .invalid, which no resolver may resolve (RFC 2606, section 2; RFC 6761, section 6.4), and carry 64 bits
//     of the function, so that distinct values collide with a chance of about n²/2⁶⁵.
//   - Telephone numbers are those from 555-0100 to 555-0199 of a geographic area code, which the North American Numbering Plan
//     sets aside for fiction.
//   - number chooses among all numbers of the same scale within the percentage but the value itself, so that a small value can stay where
//     it is: 3 has no neighbor within 10 %. It stays within the width of integer, or the digits of decimal, that the value has.
//   - A secret never passes through a mask: what a mask makes of it is the blank ([Blank]), and keeping the target's value is up to the landing.
//
// An index into a dictionary of n words is the upper half of the 128-bit product of n and 64 bits of the function (multiply-shift);
// its bias is below n/2⁶⁴.
//
// # Permutations
//
// digits and token are bijections of the texts of one length and form, and of the integers of one width. They are Feistel networks of ten
// rounds, as FF1 in NIST SP 800-38G is, whose aim they share; but they are not FF1. The round function is SipHash under 128-bit keys
// where the standard has AES, for speed; halves of texts are added symbol by symbol modulo the radix, not as one long number, so that
// length costs nothing; and integers are permuted in binary and walked along their cycle until they are back in range. What they promise is that
// distinct values have distinct fakes, and that without the secret a fake tells nothing of its value beyond its form. What they do not promise:
// secrecy from somebody who may choose values and see their fakes; or of a space so small that one can try it (the standard asks
// for a million values or more: six digits). Separators and, in digits, letters stay: use token where letters tell something.
//
// # Promise
//
// A mask's [Traits.Identity] names its version, the content of its dictionaries, and its parameters with the identities of the rules inside
// it. As long as it stays, so does every fake; golden vectors in testdata hold each version to that. A change of version or dictionary gives the
// mask new sub-keys, hence all new fakes, and shows in the receipt of the run. Functions of gofakeit are pinned to the version of that library.
package masking
