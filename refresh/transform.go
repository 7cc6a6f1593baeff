package refresh

import (
	"fmt"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// Transform is a table's program with secret, audience and key mappings bound: it makes a row of the copy of a row of the source. It keeps account of
// what it made. It may be used by one goroutine at a time.
type Transform struct {
	table   string
	columns []boundColumn
	keyed   []int // the columns that name a row in an error
	hash    rowHash
	made    Digest
	aside   *schema.Batch // what a deferred column becomes: it counts as made, and the second pass writes it
	nulled  int64
	passed  int64
	each    *rowDigester // is shown each row that is counted; nil: nobody is
}

type boundColumn struct {
	ColumnPlan
	kind    schema.Type
	mask    masking.Mask
	apart   bool // a secret of the target's own, which is no part of the digest
	tenant  []byte
	mapping keys.Mapping
	scope   members // the originals that are copied now; the mapping may answer for more. nil: all that it answers for
	globals members // rows of no tenant that a reference may name; nil: none
}

// bind makes the transform of a table of the plan.
func (p *Plan) bind(t *TablePlan, secret masking.Secret, b bindings) (*Transform, error) {
	to := p.to.Table(t.Name)
	transform := &Transform{table: t.Name, hash: newRowHash(secret), aside: schema.NewBatch(1, 0)}
	for i, plan := range t.Columns {
		column, _ := to.Column(plan.Name)
		bound := boundColumn{ColumnPlan: plan, kind: column.Type, apart: plan.kept()}
		switch plan.Op {
		case OpTenant:
			bound.tenant = []byte(p.Target)
		case OpKey:
			bound.mapping = b.mappings[t.Name]
			if column.Type == schema.Integer || column.Type == schema.UUID {
				transform.keyed = append(transform.keyed, i)
			}
		case OpReference:
			bound.mapping, bound.scope, bound.globals = b.mappings[plan.To], b.scopes[plan.To], b.globals[plan.To]
			if plan.Free {
				bound.mapping = keys.Same{}
			}
		case OpMask:
			mask, err := plan.Rule.CompileFor(masking.Binding{Secret: secret, Audience: p.Audience, Functions: p.functions}, p.from.Table(t.Name), column)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", t.Name, plan.Name, err)
			}
			bound.mask = mask
		}
		transform.columns = append(transform.columns, bound)
	}
	return transform, nil
}

// Touched tells whether the program may change column i, counted from 0 in the order of [schema.Table.Stored]. The bytes of other columns can be handed
// on as they come.
func (t *Transform) Touched(i int) bool {
	c := &t.columns[i]
	if c.Deferred {
		return true
	}
	switch c.Op {
	case OpPass:
		return false
	case OpKey:
		return c.mapping.Scheme() != keys.SchemeSame
	case OpReference:
		return !c.Free
	default:
		return true
	}
}

// Apply appends the copies of the rows of src to dst and counts them in. On an error dst holds a part of them and must be thrown away. The
// error names table, column and row, and shows no value but a numeric key.
func (t *Transform) Apply(dst, src *schema.Batch) error {
	for i := range src.Len() {
		if err := t.ApplyRow(dst, src.Row(i)); err != nil {
			return err
		}
	}
	return nil
}

// ApplyRow does for one row what Apply does for many.
func (t *Transform) ApplyRow(dst *schema.Batch, row schema.Row) error {
	t.hash.reset()
	for i := range t.columns {
		c := &t.columns[i]
		cell, dst := row.Cell(i), dst
		if c.Deferred {
			dst.Put(dst.Buffer(), schema.Null)
			t.aside.Reset()
			dst = t.aside
		}
		switch c.Op {
		case OpPass:
			dst.Append(cell)
			t.hash.cell(cell)
		case OpTenant:
			dst.Put(append(dst.Buffer(), c.tenant...), schema.Regular)
		case OpMask:
			start := len(dst.Buffer())
			buf, form, err := c.mask.Append(dst.Buffer(), cell, row)
			if err != nil {
				return fmt.Errorf("%s.%s: %s: %w", t.table, c.Name, t.rowName(row), err)
			}
			dst.Put(buf, form)
			if !c.apart {
				t.hash.cell(schema.Cell{Bytes: buf[start:], Form: form})
			}
		case OpKey, OpReference:
			form, err := t.mapped(c, dst, cell, row)
			if err != nil {
				return err
			}
			if form == schema.Null {
				cell = schema.Cell{Form: schema.Null}
			}
			cell.Form = form
			t.hash.cell(cell)
		}
	}
	t.hash.sum(&t.made)
	return nil
}

// replaced marks, in a digest, a key or reference that a mapping applies to. Without it a reference that still leads to the original would count as
// the copy's, once it is turned back.
const replaced schema.Form = 1 << 7

// mapped appends the copy of a key or of a reference, and returns the form that counts in the digest.
func (t *Transform) mapped(c *boundColumn, dst *schema.Batch, cell schema.Cell, row schema.Row) (schema.Form, error) {
	if cell.IsNull() {
		dst.Append(cell)
		return schema.Null, nil
	}
	if cell.Form == schema.Regular && c.mapping != nil && c.inScope(cell.Bytes) {
		if buf, ok := c.mapping.Map(dst.Buffer(), cell.Bytes); ok {
			dst.Put(buf, cell.Form)
			return cell.Form | replaced, nil
		}
	}
	if c.mapping != nil && c.mapping.Scheme() == keys.SchemeSame {
		dst.Append(cell)
		return cell.Form, nil
	}
	if c.Op == OpReference {
		if c.globals != nil && c.globals.has(cell.Bytes) {
			dst.Append(cell)
			return cell.Form, nil
		}
		switch c.Outside {
		case masking.OutsideNull:
			t.nulled++
			dst.Put(dst.Buffer(), schema.Null)
			return schema.Null, nil
		case masking.OutsidePass:
			t.passed++
			dst.Append(cell)
			return cell.Form, nil
		}
		return 0, fmt.Errorf("%s.%s: the reference in %s leads to a row of %s that belongs to another tenant or does not exist%s; mend the row, or write `outside: null` or `outside: pass` for the reference in the rules",
			t.table, c.Name, t.rowName(row), c.To, c.unless())
	}
	return 0, fmt.Errorf("%s.%s: the key of %s has no copy: %s", t.table, c.Name, t.rowName(row), c.refusal())
}

func (c *boundColumn) inScope(key []byte) bool { return c.scope == nil || c.scope.has(key) }

// refusal says why a mapping has no copy for a key, and what to do.
func (c *boundColumn) refusal() string {
	if c.mapping == nil {
		return "its table has no mapping"
	}
	return refusal(c.mapping.Scheme())
}

func refusal(scheme keys.Scheme) string {
	switch scheme {
	case keys.SchemeUUID:
		return "it is no UUID in its usual form, 36 characters in lower case; bring it into that form"
	case keys.SchemeTag:
		return "it carries the tag of the copies, or would become too long for its column; choose another tag in the profile's keys"
	case keys.SchemeOffset:
		return "it is not in the range of originals; widen the range in the profile's keys"
	case keys.SchemeStation:
		return "its station has none for the copies; add it to the profile's keys"
	}
	return "it is not among those that were read before; the source changed under the snapshot"
}

// unless names what else may be wrong with a reference, by the scheme of the key.
func (c *boundColumn) unless() string {
	if c.mapping == nil || c.mapping.Scheme() == keys.SchemeGenerations {
		return ""
	}
	return " (or " + c.refusal() + ")"
}

// returned tells whether an original that a key of the copy was turned back into counts as such, as [Transform.mapped] decided it.
func (c *boundColumn) returned(original []byte) bool {
	return c.Op == OpKey || c.scope == nil || c.mapping.Scheme() == keys.SchemeGenerations || c.scope.has(original)
}

// rowName names a row by its key where that is a number or a UUID, which say nothing of anybody.
func (t *Transform) rowName(row schema.Row) string {
	if len(t.keyed) == 0 {
		return "a row"
	}
	var parts []string
	for _, i := range t.keyed {
		cell := row.Cell(i)
		if cell.Form != schema.Regular || t.columns[i].kind == schema.UUID && !isUUID(cell.Bytes) {
			return "a row"
		}
		parts = append(parts, string(cell.Bytes))
	}
	return "row " + keys.Compose(parts...).String()
}

func isUUID(text []byte) bool {
	_, ok := keys.ParseUUID(text)
	return ok
}

// Made returns the digest of all rows that the transform made.
func (t *Transform) Made() Digest { return t.made }

// count adds the rows of a batch that was read from the copy to a digest: with keys and references turned back into the source's, it is the
// digest of what was to be written.
func (t *Transform) count(d *Digest, rows *schema.Batch) {
	var scratch []byte
	for i := range rows.Len() {
		row := rows.Row(i)
		t.hash.reset()
		for k := range t.columns {
			c := &t.columns[k]
			cell := row.Cell(k)
			if c.apart {
				continue
			}
			switch c.Op {
			case OpTenant:
				continue // the rows were chosen by it
			case OpKey, OpReference:
				if cell.Form == schema.Regular && c.mapping != nil {
					if original, ok := c.mapping.Invert(scratch[:0], cell.Bytes); ok && c.returned(original) {
						scratch, cell.Bytes = original, original
						cell.Form |= replaced
					}
				}
			}
			t.hash.cell(cell)
		}
		t.hash.sum(d)
		if t.each != nil {
			t.each.add(row)
		}
	}
}
