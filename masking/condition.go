package masking

import "github.com/retenant/retenant/tenancy/schema"

// choice is a case with its mask.
type choice struct {
	place  int
	values map[string]bool
	null   bool
	then   Mask
}

// conditions masks a cell by the first case that holds, or else by the rule for none.
func (s site) conditions(c Column) (rowFakes, error) {
	otherwise, err := c.Else.compile(s)
	if err != nil {
		return nil, err
	}
	choices := make([]choice, len(c.Cases))
	for i, when := range c.Cases {
		then, err := when.Then.compile(s)
		if err != nil {
			return nil, err
		}
		choices[i] = choice{place: s.places[when.Column], null: when.Null, then: then, values: map[string]bool{}}
		for _, value := range when.In {
			choices[i].values[value] = true
		}
	}
	return func(dst []byte, src schema.Cell, row schema.Row) ([]byte, schema.Form, error) {
		for i := range choices {
			if choices[i].holds(row) {
				return choices[i].then.Append(dst, src, row)
			}
		}
		return otherwise.Append(dst, src, row)
	}, nil
}

func (c *choice) holds(row schema.Row) bool {
	cell := row.Cell(c.place)
	if cell.IsNull() {
		return c.null
	}
	return c.values[string(cell.Bytes)]
}
