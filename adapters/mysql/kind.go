package mysql

import (
	"strings"

	"github.com/retenant/retenant/tenancy/schema"
)

// kind is how the values of a type are read and written.
type kind uint8

// The kinds.
const (
	kindPlain   kind = iota // as text: enums, sets, network addresses
	kindChars               // texts
	kindInteger             // integers and years
	kindBits                // bits, as the number that they make
	kindDecimal
	kindReal
	kindMoment // dates and times
	kindBytes  // byte strings, and types that have no other form: geometries, vectors
)

// types are the server's types by name.
var types = map[string]struct {
	kind      kind
	canonical schema.Type
}{
	"tinyint": {kindInteger, schema.Integer}, "smallint": {kindInteger, schema.Integer}, "mediumint": {kindInteger, schema.Integer}, "int": {kindInteger, schema.Integer},
	"bigint": {kindInteger, schema.Integer}, "year": {kindInteger, schema.Integer}, "bit": {kindBits, schema.Integer},
	"decimal": {kindDecimal, schema.Decimal}, "float": {kindReal, schema.Real}, "double": {kindReal, schema.Real},
	"date": {kindMoment, schema.Date}, "time": {kindMoment, schema.Time}, "datetime": {kindMoment, schema.Timestamp}, "timestamp": {kindMoment, schema.TimestampTZ},
	"char": {kindChars, schema.Text}, "varchar": {kindChars, schema.Text}, "tinytext": {kindChars, schema.Text}, "text": {kindChars, schema.Text},
	"mediumtext": {kindChars, schema.Text}, "longtext": {kindChars, schema.Text}, "json": {kindChars, schema.JSON},
	"binary": {kindBytes, schema.Bytes}, "varbinary": {kindBytes, schema.Bytes}, "tinyblob": {kindBytes, schema.Bytes}, "blob": {kindBytes, schema.Bytes},
	"mediumblob": {kindBytes, schema.Bytes}, "longblob": {kindBytes, schema.Bytes},
	"uuid": {kindPlain, schema.UUID}, "enum": {kindPlain, schema.Other}, "set": {kindPlain, schema.Other}, "inet4": {kindPlain, schema.Other}, "inet6": {kindPlain, schema.Other},
	"geometry": {kindBytes, schema.Other}, "point": {kindBytes, schema.Other}, "linestring": {kindBytes, schema.Other}, "polygon": {kindBytes, schema.Other},
	"multipoint": {kindBytes, schema.Other}, "multilinestring": {kindBytes, schema.Other}, "multipolygon": {kindBytes, schema.Other},
	"geometrycollection": {kindBytes, schema.Other}, "geomcollection": {kindBytes, schema.Other}, "vector": {kindBytes, schema.Other},
}

// kindOf returns the kind of a column, by its type without length and sign.
func kindOf(c schema.Column) kind { return types[typeName(c)].kind }

func typeName(c schema.Column) string { return strings.TrimSuffix(c.Bare, " unsigned") }

// unsigned tells whether an integer column holds no negative numbers.
func unsigned(c schema.Column) bool { return strings.HasSuffix(c.Bare, " unsigned") }

// truth tells whether a column holds truth values: the server has no type for them, but keeps the word that hosts and their tools write.
func truth(declared string) bool { return declared == "tinyint(1)" || declared == "bit(1)" }
