package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// Ends of a pipe that one side tells the other of. The server that gets errSourceEnded writes it to its log, so it says nothing of the data.
var (
	errSourceEnded = errors.New("the source of the copy ended early")
	errTargetEnded = errors.New("the target of the copy ended early")
)

// Copy implements [sqldata.Copier]: COPY … TO on the snapshot's connection, rewritten, into COPY … FROM on the stage's. It holds a few buffers
// of 64 KiB, or one row where that is larger. An error in the middle of the rows costs the snapshot its connection, which is what ends the
// source's COPY.
func (d dialect) Copy(ctx context.Context, source, target *sqlx.Conn, from, to sqldata.Selection, transform *refresh.Transform, progress func(rows, bytes int64)) (int64, bool, error) {
	columns := from.Table.Stored()
	if len(columns) == 0 {
		return 0, false, nil
	}
	kinds, err := wireKinds(ctx, source, from.Table, columns)
	if err != nil || kinds == nil {
		return 0, false, err
	}
	others, err := wireKinds(ctx, target, to.Table, columns)
	if err != nil || !slices.Equal(kinds, others) {
		return 0, false, err
	}
	condition, err := d.inlined(from)
	if err != nil {
		return 0, false, err
	}
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = d.Quote(c.Name)
	}
	names := strings.Join(list, ", ")
	out := fmt.Sprintf("COPY (SELECT %s FROM %s%s) TO STDOUT (FORMAT binary)", names, from.Table.SQL, condition)
	in := fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary)", to.Table.SQL, names)
	var rows int64
	done := false
	err = withConnections(source, target, func(source, target *pgconn.PgConn) error {
		done = true
		r := newRewriter(columns, kinds, transform, progress)
		if rows, err = pipe(ctx, source, target, out, in, r); err == nil && rows != r.rows {
			err = fmt.Errorf("%d rows were sent and %d written", r.rows, rows)
		}
		return err
	})
	return rows, done, err
}

// withConnections gives access to the protocol below the driver. It does nothing where the driver is another.
func withConnections(source, target *sqlx.Conn, use func(source, target *pgconn.PgConn) error) error {
	return source.Raw(func(from any) error {
		return target.Raw(func(to any) error {
			a, ok1 := from.(*stdlib.Conn)
			b, ok2 := to.(*stdlib.Conn)
			if !ok1 || !ok2 {
				return nil
			}
			return use(a.Conn().PgConn(), b.Conn().PgConn())
		})
	})
}

// pipe runs both statements with the rewriter in between and returns the number of rows written. Both have ended when it returns.
func pipe(ctx context.Context, source, target *pgconn.PgConn, out, in string, r *rewriter) (int64, error) {
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	pr, pw := io.Pipe()
	r.out = pw
	type outcome struct {
		rows int64
		err  error
	}
	ended := make(chan outcome, 1)
	go func() {
		tag, err := target.CopyFrom(ctx, pr, in)
		if err != nil {
			stop(errTargetEnded)
		}
		_ = pr.CloseWithError(errTargetEnded)
		ended <- outcome{tag.RowsAffected(), err}
	}()
	_, err := source.CopyTo(reading, r, out)
	if err == nil {
		err = r.finish()
	}
	byTarget := errors.Is(err, errTargetEnded) || context.Cause(reading) == errTargetEnded // by itself: it has not been told of err yet
	if err == nil {
		_ = pw.Close()
	} else {
		_ = pw.CloseWithError(errSourceEnded)
	}
	written := <-ended
	for _, conn := range []*pgconn.PgConn{source, target} {
		if conn.IsClosed() {
			<-conn.CleanupDone()
		}
	}
	switch {
	case err != nil && !byTarget:
		return 0, fmt.Errorf("reading: %w", err)
	case written.err != nil:
		return 0, fmt.Errorf("writing: %w", written.err)
	}
	return written.rows, err
}

// inlined returns the condition of a selection as text, since COPY takes no parameters.
func (d dialect) inlined(s sqldata.Selection) (string, error) {
	switch {
	case s.Column == "":
		return "", nil
	case s.Tenant == "":
		return " WHERE " + d.Quote(s.Column) + " IS NULL", nil
	}
	column, found := s.Table.Column(s.Column)
	if !found {
		return "", fmt.Errorf("table %s has no column %s", s.Table.Name, s.Column)
	}
	if _, err := d.Literal(column, string(s.Tenant)); err != nil {
		return "", fmt.Errorf("table %s: tenant %s does not fit %s (%s): %w", s.Table.Name, s.Tenant, s.Column, column.Declared, err)
	}
	literal := "CAST(" + quoteLiteral(string(s.Tenant)) + " AS " + column.Bare + ")"
	if column.Type == schema.Bytes {
		literal = "convert_to(" + quoteLiteral(string(s.Tenant)) + ", 'UTF8')"
	}
	return " WHERE " + d.Quote(s.Column) + " = " + literal, nil
}

// wireKinds returns the kinds of the columns as the database has them now, or nil where one of them has a binary form that is not known here.
func wireKinds(ctx context.Context, conn *sqlx.Conn, table *schema.Table, columns []schema.Column) ([]kind, error) {
	var rows []columnRow
	var oid int64
	if err := conn.GetContext(ctx, &oid, "SELECT $1::text::regclass::oid::bigint", table.SQL); err != nil {
		return nil, err
	}
	if err := conn.SelectContext(ctx, &rows, columnsQuery, []int64{oid}); err != nil {
		return nil, err
	}
	byName := map[string]kind{}
	for _, r := range rows {
		if !r.Computed {
			byName[r.Name] = r.kind()
		}
	}
	found := make([]kind, len(columns))
	for i, c := range columns {
		if found[i] = byName[c.Name]; found[i] == kindUnknown {
			return nil, nil
		}
	}
	return found, nil
}
