package postgres

import "github.com/retenant/retenant/tenancy/schema"

// kind is a base type of the server, as far as its values are understood here.
type kind uint8

// The kinds. Types of one kind have one binary form.
const (
	kindUnknown kind = iota
	kindText         // text, varchar, name, citext
	kindChars        // bpchar: padded with spaces, which mean nothing
	kindEnum
	kindBool
	kindInt2
	kindInt4
	kindInt8
	kindFloat4
	kindFloat8
	kindNumeric
	kindBytes
	kindUUID
	kindDate
	kindTime
	kindTimestamp
	kindTimestampTZ
	kindJSON
	kindJSONB
)

// kinds are the types of pg_catalog by name.
var kinds = map[string]kind{
	"text": kindText, "varchar": kindText, "name": kindText, "bpchar": kindChars, "bool": kindBool, "int2": kindInt2, "int4": kindInt4, "int8": kindInt8,
	"float4": kindFloat4, "float8": kindFloat8, "numeric": kindNumeric, "bytea": kindBytes, "uuid": kindUUID, "date": kindDate, "time": kindTime,
	"timestamp": kindTimestamp, "timestamptz": kindTimestampTZ, "json": kindJSON, "jsonb": kindJSONB,
}

// kindOf returns the kind of a base type: no domain.
func kindOf(namespace, name string, category byte) kind {
	switch {
	case category == 'e':
		return kindEnum
	case namespace == "pg_catalog":
		return kinds[name]
	case name == "citext" && category == 'b':
		return kindText
	}
	return kindUnknown
}

// canonical returns the type by which rules and other stores know the values.
func (k kind) canonical() schema.Type {
	switch k {
	case kindText, kindChars:
		return schema.Text
	case kindBool:
		return schema.Boolean
	case kindInt2, kindInt4, kindInt8:
		return schema.Integer
	case kindFloat4, kindFloat8:
		return schema.Real
	case kindNumeric:
		return schema.Decimal
	case kindBytes:
		return schema.Bytes
	case kindUUID:
		return schema.UUID
	case kindDate:
		return schema.Date
	case kindTime:
		return schema.Time
	case kindTimestamp:
		return schema.Timestamp
	case kindTimestampTZ:
		return schema.TimestampTZ
	case kindJSON, kindJSONB:
		return schema.JSON
	}
	return schema.Other
}
