package masking

import (
	"strings"

	"github.com/retenant/retenant/tenancy/schema"
)

// blanks are the empty values of the types.
var blanks = map[schema.Type]string{
	schema.Text: "", schema.Bytes: "", schema.Integer: "0", schema.Decimal: "0", schema.Real: "0", schema.Boolean: "false",
	schema.Date: "1970-01-01", schema.Time: "00:00:00", schema.Timestamp: "1970-01-01 00:00:00", schema.TimestampTZ: "1970-01-01 00:00:00+00",
	schema.UUID: "00000000-0000-0000-0000-000000000000", schema.JSON: "{}",
}

// Blank returns the cell that stands in a column for nothing at all: NULL, or where the column is NOT NULL the type's empty value. It
// returns false for a column that is NOT NULL and of a type that has none.
func Blank(col schema.Column) (schema.Cell, bool) {
	if col.Nullable {
		return schema.Cell{}, true
	}
	value, known := blanks[col.Type]
	if col.Type == schema.Decimal && col.Scale > 0 {
		value += "." + strings.Repeat("0", col.Scale)
	}
	return schema.Cell{Bytes: []byte(value), Form: schema.Regular}, known
}

// withheld makes the blank, whatever the value: a secret never passes through a mask.
func withheld(col schema.Column) Mask {
	blank, _ := Blank(col)
	if blank.IsNull() {
		return Mask{}
	}
	value := string(blank.Bytes)
	return Mask{act: actFixed, fixed: &value}
}
