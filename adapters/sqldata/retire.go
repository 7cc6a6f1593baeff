package sqldata

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// keysPerQuery bounds how many keys one query asks for.
const keysPerQuery = 256

// Retire implements [refresh.Stage]. The target's own rows are out already, so whoever holds a candidate is foreign.
func (st *stage) Retire(ctx context.Context, e refresh.Extent, column string, candidates [][]byte) ([][]byte, error) {
	retired, err := st.retired(ctx, st.landing.Target, st.landing.Source)
	if err != nil {
		return nil, st.dialect.Explain(err)
	}
	found := retired[e.Table.Name]
	c, known := e.Table.Column(column)
	if !known {
		return nil, fmt.Errorf("table %s has no column %s", e.Table.Name, column)
	}
	for len(candidates) > 0 {
		n := min(len(candidates), keysPerQuery, st.dialect.MaxParameters())
		held, err := st.held(ctx, e.Table, c, candidates[:n])
		if err != nil {
			return nil, st.dialect.Explain(err)
		}
		candidates = candidates[n:]
		for _, key := range held {
			if slices.ContainsFunc(found, func(known []byte) bool { return bytes.Equal(known, key) }) {
				continue
			}
			if err := st.saveRetired(ctx, e.Table.Name, key); err != nil {
				return nil, st.dialect.Explain(err)
			}
			found = append(found, key)
		}
	}
	return found, nil
}

// held returns which of the keys a row of the table has.
func (st *stage) held(ctx context.Context, table *schema.Table, column schema.Column, candidates [][]byte) (found [][]byte, err error) {
	codec, name := st.dialect.Column(column), st.dialect.Quote(column.Name)
	marks, params := make([]string, len(candidates)), make([]any, len(candidates))
	for i, key := range candidates {
		marks[i] = around(codec.Insert, st.dialect.Placeholder(i+1))
		if params[i], err = codec.Encode(schema.Cell{Bytes: key}); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", table.Name, column.Name, err)
		}
	}
	rows, err := st.QueryxContext(ctx, "SELECT "+around(codec.Select, name)+" FROM "+table.SQL+" WHERE "+name+" IN ("+strings.Join(marks, ", ")+")", params...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var value any
		if err := rows.Scan(&value); err != nil {
			return nil, err
		}
		key, _, err := codec.Decode(nil, value)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", table.Name, column.Name, err)
		}
		found = append(found, key)
	}
	return found, rows.Err()
}

func (st *stage) saveRetired(ctx context.Context, table string, key []byte) error {
	p := st.dialect.Placeholder
	_, err := st.ExecContext(ctx, `INSERT INTO retenant_retired_key (target, source, table_name, copy_key) VALUES (`+p(1)+`, `+p(2)+`, `+p(3)+`, `+p(4)+`)`,
		string(st.landing.Target), string(st.landing.Source), table, string(key))
	if err == nil {
		st.own++
	}
	return err
}

// retired reads, by table, the keys that no copy gets again.
func (s *session) retired(ctx context.Context, target, source tenancy.ID) (map[string][][]byte, error) {
	if there, err := s.installed(ctx); err != nil || !there {
		return nil, err
	}
	p := s.dialect.Placeholder
	var rows []struct {
		Table string `db:"table_name"`
		Key   string `db:"copy_key"`
	}
	err := s.SelectContext(ctx, &rows, `SELECT table_name, copy_key FROM retenant_retired_key WHERE target = `+p(1)+` AND source = `+p(2)+` ORDER BY table_name, copy_key`,
		string(target), string(source))
	found := map[string][][]byte{}
	for _, row := range rows {
		found[row.Table] = append(found[row.Table], []byte(row.Key))
	}
	return found, err
}
