package masking

import (
	"fmt"

	"github.com/retenant/retenant/tenancy/schema"
)

// Check reports why the rule cannot be used on the column: the mask is not for its type, a fake would not fit its size, it would be
// NULL where that is not allowed, the fixed value is none of its type, or the rule itself is wrong. It needs no secret. The
// problems have the column's name and the rule's line; the caller fills in the table. Nil is none.
//
// Uniqueness is not checked, since it takes the table's indexes: see [Traits].
func (c Column) Check(col schema.Column) Problems {
	ps := c.problems()
	if len(ps) == 0 {
		ps = c.misfits(col)
	}
	for i := range ps {
		ps[i].Column = col.Name
	}
	return ps
}

func (c Column) misfits(col schema.Column) Problems {
	var ps Problems
	add := func(message, remedy string) {
		ps = append(ps, Problem{Line: c.Line, Message: message, Remedy: remedy})
	}
	t, _ := c.Traits()
	if !t.Applies(col.Type) {
		remedy := "write null, fixed or pass"
		if !col.Nullable {
			remedy = "write fixed or pass; null takes a column that may be NULL"
		}
		add(fmt.Sprintf("%s makes text, and the column is %s", t.Mask, described(col)), remedy)
		return ps
	}
	if t.NeedsNullable && !col.Nullable {
		add("null in a column that is NOT NULL", "write fixed with a value of type "+col.Type.String())
	}
	if col.Size > 0 && t.MaxLength > col.Size {
		remedy := "widen the column, or write redact, which keeps the length"
		if short := (Column{Mask: c.Mask, Compact: true}); c.Mask == maskEmail && !c.Compact && emailLength(short) <= col.Size {
			remedy = fmt.Sprintf("widen the column, or write compact: true for addresses of %d characters", emailLength(short))
		} else if c.Mask == maskEmail && c.Compact {
			remedy = "widen the column, or write null or fixed, or redact where it need not be unique"
		}
		add(fmt.Sprintf("%s needs %d characters, and the column has %d", t.Mask, t.MaxLength, col.Size), remedy)
	}
	if c.Mask == Fixed {
		if message, remedy := misfit(c.Value, col); message != "" {
			add(message, remedy)
		}
	}
	return ps
}

// described names a column's type for people.
func described(col schema.Column) string {
	if col.Declared != "" && col.Declared != col.Type.String() {
		return col.Type.String() + " (" + col.Declared + ")"
	}
	return col.Type.String()
}
