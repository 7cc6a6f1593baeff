package mysql

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/tenancy/schema"
)

// probe makes rows that draw keys and are rolled back. They have a value only where the table demands one that no other row has.
type probe struct {
	table   *schema.Table
	key     schema.Column
	columns []schema.Column
	fixed   map[string]any // values of an existing row: they decide on its partition
}

// newProbe finds the columns of the rows.
func (d dialect) newProbe(ctx context.Context, conn *sqlx.Conn, table *schema.Table, key schema.Column) (*probe, error) {
	p := &probe{table: table, key: key, fixed: map[string]any{}}
	uniques := append([]schema.Unique{{Columns: table.PrimaryKey}}, table.Unique...)
	derived := slices.ContainsFunc(uniques, func(u schema.Unique) bool { // unique by a value that is computed from others
		return u.Expression || slices.ContainsFunc(u.Columns, func(name string) bool { c, _ := table.Column(name); return c.Computed })
	})
	for _, c := range table.Stored() {
		if c.Name == key.Name {
			continue
		}
		member, beside := false, false
		for _, u := range uniques {
			if slices.Contains(u.Columns, c.Name) {
				member = true
				beside = beside || !slices.Contains(u.Columns, key.Name)
			}
		}
		_, shape := shapes[c.Bare]
		switch {
		case member && !beside && !c.Nullable: // the key makes it unique
			if err := p.fix(ctx, conn, d, c); err != nil {
				return nil, err
			}
		case member, derived && !c.Nullable, shape && !c.Nullable:
			p.columns = append(p.columns, c)
		}
	}
	return p, nil
}

// fix takes the column's value from any row of the table, if there is one.
func (p *probe) fix(ctx context.Context, conn *sqlx.Conn, d dialect, c schema.Column) error {
	codec := d.Column(c)
	expression := quote(c.Name)
	if codec.Select != "" {
		expression = strings.ReplaceAll(codec.Select, "%s", expression)
	}
	rows, err := conn.QueryContext(ctx, "SELECT "+expression+" FROM "+p.table.SQL+" LIMIT 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var value any
		if err := rows.Scan(&value); err != nil {
			return err
		}
		bytes, form, err := codec.Decode(nil, value)
		if err != nil {
			return err
		}
		if p.fixed[c.Name], err = codec.Encode(schema.Cell{Bytes: bytes, Form: form}); err != nil {
			return err
		}
		p.columns = append(p.columns, c)
	}
	return rows.Err()
}

// insert adds rows, with a key of the server's (0) or with this one, and returns the first key.
func (p *probe) insert(ctx context.Context, conn *sqlx.Conn, rows, key int64) (int64, error) {
	const attempts = 8 // a random value may be there already
	var err error
	for range attempts {
		statement, params := p.statement(rows, key)
		if len(params) > 65535 {
			return 0, fmt.Errorf("table %s: too many keys are to be reserved at once", p.table.Name)
		}
		result, failed := conn.ExecContext(ctx, statement, params...)
		if failed == nil {
			return result.LastInsertId()
		}
		if err = fmt.Errorf("table %s: reserving keys: %w", p.table.Name, failed); !duplicate(failed) {
			break
		}
	}
	return 0, err
}

func (p *probe) statement(rows, key int64) (string, []any) {
	names, params := []string{quote(p.key.Name)}, []any(nil)
	for _, c := range p.columns {
		names = append(names, quote(c.Name))
	}
	var lines []string
	for range rows {
		values := []string{"NULL"}
		if key != 0 {
			values[0] = fmt.Sprint(key)
		}
		for _, c := range p.columns {
			if shape, ok := shapes[c.Bare]; ok && !c.Nullable {
				values = append(values, "ST_GeomFromText('"+shape+"')")
				continue
			}
			value, fixed := p.fixed[c.Name]
			if !fixed {
				value = unlike(c)
			}
			values, params = append(values, "?"), append(params, value)
		}
		lines = append(lines, "("+strings.Join(values, ", ")+")")
	}
	return "INSERT INTO " + p.table.SQL + " (" + strings.Join(names, ", ") + ") VALUES " + strings.Join(lines, ", "), params
}

// shapes are values of geometries: the server has no default for those.
var shapes = map[string]string{"geometry": "POINT(0 0)", "point": "POINT(0 0)", "linestring": "LINESTRING(0 0, 1 1)", "polygon": "POLYGON((0 0, 1 0, 1 1, 0 0))",
	"multipoint": "MULTIPOINT(0 0)", "multilinestring": "MULTILINESTRING((0 0, 1 1))", "multipolygon": "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))",
	"geometrycollection": "GEOMETRYCOLLECTION(POINT(0 0))", "geomcollection": "GEOMETRYCOLLECTION(POINT(0 0))"}

// unlike returns a value for the column that hardly another row has: NULL where it may be NULL, which no unique index compares.
func unlike(c schema.Column) any {
	if c.Nullable {
		return nil
	}
	switch c.Type {
	case schema.Integer:
		switch c.Bare {
		case "year":
			return 1901 + mathrand.Int64N(255)
		case "bit":
			return mathrand.Int64N(2)
		}
		_, high := integerRange(c)
		return 1 + mathrand.Int64N(high)
	case schema.Boolean:
		return mathrand.Int64N(2)
	case schema.Decimal:
		digits := 0
		_, _ = fmt.Sscanf(c.Declared, "decimal(%d", &digits)
		limit := int64(1)
		for range min(digits-c.Scale, 18) {
			limit *= 10
		}
		return mathrand.Int64N(limit)
	case schema.Real:
		return mathrand.Float64()
	case schema.Date:
		return time.Unix(mathrand.Int64N(1<<37), 0).UTC().Format(time.DateOnly)
	case schema.Time:
		return time.UnixMicro(mathrand.Int64N(1 << 50)).UTC().Format("15:04:05.000000")
	case schema.Timestamp, schema.TimestampTZ:
		return time.UnixMicro(1e12 + mathrand.Int64N(1<<50)).UTC().Format("2006-01-02 15:04:05.000000")
	case schema.UUID:
		return uuid.NewString()
	case schema.Text, schema.Bytes:
		value := rand.Text()
		if c.Size > 0 {
			value = value[:min(len(value), c.Size)]
		}
		return value
	case schema.JSON:
		return `"` + rand.Text() + `"`
	}
	return ""
}
