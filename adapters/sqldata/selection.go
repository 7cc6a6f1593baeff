package sqldata

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
)

// selection turns an extent into SQL.
func selection(d Dialect, e refresh.Extent, first int) (Selection, error) {
	s := Selection{Table: e.Table, Tenant: e.Tenant, Column: e.Column}
	condition, params, err := ofTenant(d, e, "", first)
	if err != nil {
		return s, err
	}
	if condition != "" {
		s.Where = " WHERE " + condition
	}
	s.Params = params
	return s, nil
}

// ofTenant returns the condition that a row belongs to the extent's tenant, "" for all rows, and its parameters, the first of which has number n.
func ofTenant(d Dialect, e refresh.Extent, alias string, n int) (string, []any, error) {
	if e.Column == "" {
		return "", nil, nil
	}
	name := d.Quote(e.Column)
	if alias != "" {
		name = alias + "." + name
	}
	if e.Tenant == "" {
		return name + " IS NULL", nil, nil
	}
	column, found := e.Table.Column(e.Column)
	if !found {
		return "", nil, fmt.Errorf("table %s has no column %s", e.Table.Name, e.Column)
	}
	param, err := d.Literal(column, string(e.Tenant))
	if err != nil {
		return "", nil, fmt.Errorf("table %s: tenant %s does not fit %s (%s): %w", e.Table.Name, e.Tenant, e.Column, column.Declared, err)
	}
	codec := d.Column(column)
	var params []any
	condition := equal(codec, name, func() string {
		params = append(params, param)
		return around(codec.Insert, d.Placeholder(n+len(params)-1))
	})
	return condition, params, nil
}

// equal is the condition that a column, quoted, has the bytes of an operand, which is asked for as often as it stands there.
func equal(codec Codec, column string, operand func() string) string {
	condition := strings.ReplaceAll(cmp.Or(codec.Equal, "%c = %s"), "%c", column)
	var b strings.Builder
	for {
		before, after, more := strings.Cut(condition, "%s")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		b.WriteString(operand())
		condition = after
	}
}

// around puts an operand into a codec's expression.
func around(expression, operand string) string {
	if expression == "" {
		return operand
	}
	return strings.ReplaceAll(expression, "%s", operand)
}

// count counts the rows of an extent.
func (s *session) count(ctx context.Context, e refresh.Extent) (int64, error) {
	chosen, err := selection(s.dialect, e, 1)
	if err != nil {
		return 0, err
	}
	var n int64
	err = s.GetContext(ctx, &n, "SELECT count(*) FROM "+e.Table.SQL+chosen.Where, chosen.Params...)
	return n, s.dialect.Explain(err)
}

// keySet reads the values of an integer column.
func (s *session) keySet(ctx context.Context, e refresh.Extent, column string) (*keys.Set, error) {
	chosen, err := selection(s.dialect, e, 1)
	if err != nil {
		return nil, err
	}
	name := s.dialect.Quote(column)
	// In order, because that is what a set is built of fastest, and what an index on the key gives for nothing.
	return s.collect(ctx, "SELECT "+name+" FROM "+e.Table.SQL+chosen.Where+" ORDER BY "+name, chosen.Params...)
}

// collect makes a set of the one column of a query. NULLs are left out.
func (s *session) collect(ctx context.Context, query string, params ...any) (*keys.Set, error) {
	rows, err := s.query(ctx, 1, query, params...)
	if err != nil {
		return nil, s.dialect.Explain(err)
	}
	var set keys.SetBuilder
	count := 0
	for err == nil {
		err = rows.step(ctx, func(values []driver.Value) (bool, error) {
			switch v := values[0].(type) {
			case nil:
			case int64:
				set.Add(v)
			case uint64: // of an unsigned column
				if v > math.MaxInt64 {
					return false, fmt.Errorf("the key %d is larger than %d, which is as far as keys go", v, math.MaxInt64)
				}
				set.Add(int64(v))
			default:
				return false, fmt.Errorf("a key is not an integer of 64 bits, but a %T of the driver", v)
			}
			count++
			return count%keysPerStep > 0, nil
		})
	}
	if err == io.EOF {
		err = nil
	}
	return set.Set(), errors.Join(s.dialect.Explain(err), rows.Close())
}

// keysPerStep is how many keys are read before another look at the context.
const keysPerStep = 1 << 14
