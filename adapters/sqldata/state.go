package sqldata

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Prefix is how the names of all tables of retenant begin.
const Prefix = "retenant_"

// The tables of retenant in a tenants' database:
//
//	retenant_fence        the token that may commit on a tenant, and the tenant's generation
//	retenant_commit       the commit marker of each run
//	retenant_key_set      the key mapping of each table of a target, by source
//	retenant_retired_key  keys of copies that came to rows of somebody else, and are given to no copy again
//	retenant_row_digest   what a landing left in each table of a target, by which a plan tells what will be lost
//
// They live with the data because they are written in the landing's own transaction.

// errBadConnection makes database/sql throw a connection away.
var errBadConnection = driver.ErrBadConn

// installed tells whether the tables are there, without an error that would end a transaction.
func (s *session) installed(ctx context.Context) (bool, error) {
	var n int
	err := s.GetContext(ctx, &n, s.dialect.CountStateTables())
	return n == len(s.dialect.StateTables()), err
}

// install makes the tables that are not there: all of them, or those that an older version did not have. Any number of processes may do it at once: a
// statement that fails since another process was quicker leaves that table made, so the rest follows and only what is there in the end counts.
func (s *session) install(ctx context.Context) error {
	there, err := s.installed(ctx)
	if err != nil || there {
		return err
	}
	var failed error
	for _, statement := range s.dialect.StateTables() {
		if _, err := s.ExecContext(ctx, statement); err != nil && failed == nil {
			failed = err
		}
	}
	if there, err = s.installed(ctx); err == nil && there {
		return nil
	}
	if failed = cmp.Or(failed, err); failed == nil {
		failed = errNotMade
	}
	return fmt.Errorf("making the tables of retenant: %w", failed)
}

// errNotMade is for tables that are missing although every statement that makes one succeeded.
var errNotMade = errors.New("they are not where they are looked for; does the connection make tables in another schema than it reads first?")

// mapping reads the key mapping of one table.
func (s *session) mapping(ctx context.Context, target, source tenancy.ID, table string) (*keys.Generations, error) {
	p := s.dialect.Placeholder
	var data []byte
	err := s.GetContext(ctx, &data, `SELECT generations FROM retenant_key_set WHERE target = `+p(1)+` AND source = `+p(2)+` AND table_name = `+p(3),
		string(target), string(source), table)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	g := new(keys.Generations)
	if err := g.UnmarshalBinary(data); err != nil {
		return nil, fmt.Errorf("the key mapping of %s for tenant %s is damaged: %w", table, target, err)
	}
	return g, nil
}

// mappings reads the key mappings of all tables.
func (s *session) mappings(ctx context.Context, target, source tenancy.ID) (map[string]*keys.Generations, error) {
	if there, err := s.installed(ctx); err != nil || !there {
		return nil, err
	}
	p := s.dialect.Placeholder
	var tables []string
	err := s.SelectContext(ctx, &tables, `SELECT table_name FROM retenant_key_set WHERE target = `+p(1)+` AND source = `+p(2), string(target), string(source))
	if err != nil {
		return nil, err
	}
	found := map[string]*keys.Generations{}
	for _, table := range tables {
		if found[table], err = s.mapping(ctx, target, source, table); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// saveMapping writes the key mapping of one table, for the first time or again: in either case it changes one row.
func (s *session) saveMapping(ctx context.Context, target, source tenancy.ID, table string, g *keys.Generations, again bool) error {
	data, err := g.MarshalBinary()
	if err != nil {
		return err
	}
	var last int64
	for _, span := range g.Spans() {
		last = max(last, span.Last)
	}
	p := s.dialect.Placeholder
	statement := `INSERT INTO retenant_key_set (generations, last_key, target, source, table_name) VALUES (` + p(1) + `, ` + p(2) + `, ` + p(3) + `, ` + p(4) + `, ` + p(5) + `)`
	if again {
		statement = `UPDATE retenant_key_set SET generations = ` + p(1) + `, last_key = ` + p(2) + ` WHERE target = ` + p(3) + ` AND source = ` + p(4) + ` AND table_name = ` + p(5)
	}
	_, err = s.ExecContext(ctx, statement, data, last, string(target), string(source), table)
	return err
}

// lastKey returns the highest key that any mapping of the table ever gave to a copy, whether its row is still there or not. Keys above it are new
// to all targets.
func (s *session) lastKey(ctx context.Context, table string) (int64, error) {
	var last int64
	err := s.GetContext(ctx, &last, `SELECT coalesce(max(last_key), 0) FROM retenant_key_set WHERE table_name = `+s.dialect.Placeholder(1), table)
	return last, err
}

// token returns the token that may commit on a tenant, and whether there is one.
func (s *session) token(ctx context.Context, tenant tenancy.ID) (token int64, found bool, err error) {
	err = s.GetContext(ctx, &token, `SELECT token FROM retenant_fence WHERE tenant = `+s.dialect.Placeholder(1), string(tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return token, err == nil, err
}

// fence makes token the one that may commit, unless a higher one is. It waits for a landing that has locked the tenant's row.
func (s *session) fence(ctx context.Context, tenant tenancy.ID, token refresh.Token) error {
	p := s.dialect.Placeholder
	_, found, err := s.token(ctx, tenant)
	if err != nil {
		return err
	}
	if !found {
		_, failed := s.ExecContext(ctx, `INSERT INTO retenant_fence (tenant, token, generation) VALUES (`+p(1)+`, `+p(2)+`, 0)`, string(tenant), int64(token))
		if failed == nil {
			return nil
		}
		if _, found, err = s.token(ctx, tenant); err != nil || !found { // else another process was faster
			return errors.Join(failed, err)
		}
	}
	_, err = s.ExecContext(ctx, `UPDATE retenant_fence SET token = `+p(1)+` WHERE tenant = `+p(2)+` AND token <= `+p(3), int64(token), string(tenant), int64(token))
	if err != nil {
		return err
	}
	highest, _, err := s.token(ctx, tenant)
	if err == nil && highest > int64(token) {
		err = fmt.Errorf("tenant %s, token %d: %w", tenant, token, refresh.ErrFenced)
	}
	return err
}

// sealed tells whether the run's commit marker stands in the open transaction: it does not where the engine has rolled that back behind our back.
func (s *session) sealed(ctx context.Context, run refresh.RunID) error {
	var n int
	err := s.GetContext(ctx, &n, `SELECT count(*) FROM retenant_commit WHERE run = `+s.dialect.Placeholder(1), string(run))
	if err == nil && n == 0 {
		err = errors.New("the landing's transaction was rolled back while the hook was at work")
	}
	return err
}

// seal raises the tenant's generation and writes the commit marker, if the token is still the one that may. It locks the fence's row until the
// transaction ends.
func (s *session) seal(ctx context.Context, h refresh.Handover) error {
	p := s.dialect.Placeholder
	result, err := s.ExecContext(ctx, `UPDATE retenant_fence SET generation = generation + 1 WHERE tenant = `+p(1)+` AND token = `+p(2), string(h.Target), int64(h.Token))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return fmt.Errorf("tenant %s, token %d: %w", h.Target, h.Token, refresh.ErrFenced)
	}
	_, err = s.ExecContext(ctx, `INSERT INTO retenant_commit (run, tenant, token, source, as_of) VALUES (`+p(1)+`, `+p(2)+`, `+p(3)+`, `+p(4)+`, `+p(5)+`)`,
		string(h.Run), string(h.Target), int64(h.Token), string(h.Provenance.Source), h.Provenance.AsOf.UTC().Format("2006-01-02T15:04:05.000000Z"))
	return err
}
