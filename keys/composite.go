package keys

// Composite is the mapping for keys of several columns: one Mapping for each, in the order in which the table's key has
// them. A copy maps the columns one by one, as it does with other cells; whole keys are mapped for messages, comparison and
// retained data.
//
//	station, serial             Composite{stations, Same{}}
//	tenant, the other columns   Composite{tenants, Same{}}, tenants being Stations of one pair
//	order, item (references)    Composite{mapping of orders, mapping of items}
//
// No two originals share a copy, since that is so in each column. In tables that original and copy share one column at least
// must be mapped by something other than Same. The nil Composite maps nothing.
type Composite []Mapping

// Map returns the key of the copy, and false where a column has none or where the number of columns differs.
func (c Composite) Map(original Key) (copy Key, ok bool) {
	return c.each(original, Mapping.Map)
}

// Invert returns the key of the original, and false where a column has none or where the number of columns differs.
func (c Composite) Invert(copy Key) (original Key, ok bool) {
	return c.each(copy, Mapping.Invert)
}

// Schemes returns the scheme of each column, for plans and receipts.
func (c Composite) Schemes() []Scheme {
	schemes := make([]Scheme, len(c))
	for i, column := range c {
		schemes[i] = column.Scheme()
	}
	return schemes
}

func (c Composite) each(from Key, step func(m Mapping, dst, text []byte) ([]byte, bool)) (Key, bool) {
	columns := from.Columns()
	if len(columns) != len(c) {
		return "", false
	}
	var room []byte
	for i, text := range columns {
		to, ok := step(c[i], room[:0], []byte(text))
		if !ok {
			return "", false
		}
		columns[i], room = string(to), to
	}
	return Compose(columns...), true
}
