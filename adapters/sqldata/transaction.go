package sqldata

import (
	"context"
	"database/sql"

	"github.com/jmoiron/sqlx"
)

// transaction is what a handover hook gets of the stage: it can query and change, and not end the transaction by a method.
type transaction struct{ *session }

// QueryContext implements [sqlx.ExtContext].
func (t transaction) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.Conn.QueryContext(ctx, query, args...)
}

// QueryxContext implements [sqlx.ExtContext].
func (t transaction) QueryxContext(ctx context.Context, query string, args ...any) (*sqlx.Rows, error) {
	return t.Conn.QueryxContext(ctx, query, args...)
}

// QueryRowxContext implements [sqlx.ExtContext].
func (t transaction) QueryRowxContext(ctx context.Context, query string, args ...any) *sqlx.Row {
	return t.Conn.QueryRowxContext(ctx, query, args...)
}

// ExecContext implements [sqlx.ExtContext].
func (t transaction) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.Conn.ExecContext(ctx, query, args...)
}

// DriverName implements [sqlx.ExtContext].
func (t transaction) DriverName() string { return t.driver }

// Rebind implements [sqlx.ExtContext].
func (t transaction) Rebind(query string) string {
	return sqlx.Rebind(sqlx.BindType(t.driver), query)
}

// BindNamed implements [sqlx.ExtContext].
func (t transaction) BindNamed(query string, arg any) (string, []any, error) {
	return sqlx.BindNamed(sqlx.BindType(t.driver), query, arg)
}
