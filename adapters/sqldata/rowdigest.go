package sqldata

import (
	"context"
	"iter"
)

// WriteRowDigests implements [refresh.RowDigestWriter]. A piece that is no longer needed stays as an empty one, so that the role needs no right to delete.
func (st *stage) WriteRowDigests(ctx context.Context, table string, pieces iter.Seq[[]byte]) error {
	return st.dialect.Explain(st.writeRowDigests(ctx, table, pieces))
}

func (st *stage) writeRowDigests(ctx context.Context, table string, pieces iter.Seq[[]byte]) error {
	p, target, n := st.dialect.Placeholder, string(st.landing.Target), 0
	var there int // pieces of earlier landings: those from 0 on
	if err := st.GetContext(ctx, &there, `SELECT count(*) FROM retenant_row_digest WHERE target = `+p(1)+` AND table_name = `+p(2), target, table); err != nil {
		return err
	}
	for piece := range pieces {
		statement := `INSERT INTO retenant_row_digest (data, target, table_name, piece) VALUES (` + p(1) + `, ` + p(2) + `, ` + p(3) + `, ` + p(4) + `)`
		params := []any{piece, target, table, n}
		if n < there { // only what differs, since an engine may not count a row that had the value already
			statement = `UPDATE retenant_row_digest SET data = ` + p(1) + ` WHERE target = ` + p(2) + ` AND table_name = ` + p(3) + ` AND piece = ` + p(4) + ` AND data <> ` + p(5)
			params = append(params, piece)
		}
		if err := st.exec(ctx, nil, statement, params...); err != nil {
			return err
		}
		n++
	}
	return st.exec(ctx, nil, `UPDATE retenant_row_digest SET data = `+p(1)+` WHERE target = `+p(2)+` AND table_name = `+p(3)+` AND piece >= `+p(4)+` AND length(data) > 0`,
		[]byte{}, target, table, n)
}

// RowDigests implements [refresh.RowDigestReader].
func (s *snapshot) RowDigests(ctx context.Context, table string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := s.rowDigests(ctx, table, func(piece []byte) bool { return yield(piece, nil) }); err != nil {
			yield(nil, s.dialect.Explain(err))
		}
	}
}

func (s *snapshot) rowDigests(ctx context.Context, table string, yield func([]byte) bool) error {
	if there, err := s.installed(ctx); err != nil || !there {
		return err
	}
	p := s.dialect.Placeholder
	rows, err := s.QueryContext(ctx, `SELECT data FROM retenant_row_digest WHERE target = `+p(1)+` AND table_name = `+p(2)+` AND length(data) > 0 ORDER BY piece`,
		string(s.tenant), table)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var piece []byte
		if err := rows.Scan(&piece); err != nil {
			return err
		}
		if !yield(piece) {
			return nil
		}
	}
	return rows.Err()
}
