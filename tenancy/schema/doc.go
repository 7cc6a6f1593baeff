// Package schema says what the records of a tenant look like: tables, columns, keys and references as a database's
// catalog describes them, and the cells, rows and batches in which records travel.
//
// # Canonical form
//
// A cell is a [Form] and bytes. The bytes have one format for each [Type], whatever the store, so that the same value
// gets the same mask, the same key and the same digest everywhere:
//
//	text         UTF-8 as stored; bytes that are not UTF-8 are kept as they are
//	integer      decimal digits, "-" before a negative number, no leading zeros: -42
//	decimal      as integer, with "." and the fraction as the database keeps it: 19.90; NaN, Infinity, -Infinity
//	real         the shortest decimal that reads back as the same float64, in Go's %g style: 0.1, 1e+21; NaN, +Inf, -Inf
//	boolean      true, false
//	date         2006-01-02
//	time         15:04:05 with up to six digits of a fraction, trailing zeros removed
//	timestamp    2006-01-02 15:04:05 with a fraction as for time
//	timestamptz  like timestamp, in UTC, followed by +00
//	uuid         36 characters in lower case
//	bytes        the bytes themselves
//	json         the text as the database gives it
//	other        the database's own text form
//
// Dates before year 1, after 9999 and infinite ones are in the database's own text form.
//
// SQLite does not hold a column to its declared type. There a date is whatever text, integer or real was stored, and a value of
// another storage class than its column's is carried with a form of its own, so that it comes back as it was.
package schema
