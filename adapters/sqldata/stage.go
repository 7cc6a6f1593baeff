package sqldata

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// stage implements [refresh.Stage] by one transaction: it takes the old rows out and puts the new ones in, and nobody sees either before its
// COMMIT. It implements [refresh.Copier] where the dialect can.
type stage struct {
	*session
	landing  refresh.Landing
	handover func(context.Context, sqlx.ExtContext, refresh.Handover) error
	own      int64            // rows that the stage itself inserted, updated or deleted, as the database counts them
	weights  map[string]int64 // by table: what a row of it counts, where the dialect is a [Weigher]
	before   int64            // those of the connection before it began
	inbound  map[string]int64 // references of others to the target's rows, before
	writers  map[string]*writer
	resume   func(context.Context) error // puts suspended triggers back
	complete bool                        // the schema is whole again
}

// Begin implements [refresh.Target].
func (d *Database) Begin(ctx context.Context, landing refresh.Landing) (refresh.Stage, error) {
	s, err := d.connect(ctx, landing.Target, true)
	if err != nil {
		return nil, err
	}
	st := &stage{session: s, landing: landing, handover: d.handover, inbound: map[string]int64{}, writers: map[string]*writer{}, weights: map[string]int64{}}
	if err := st.begin(ctx); err != nil {
		return nil, errors.Join(d.dialect.Explain(err), s.end(ctx))
	}
	return st, nil
}

func (st *stage) begin(ctx context.Context) error {
	if err := st.install(ctx); err != nil {
		return err
	}
	st.begun = true
	if err := st.dialect.BeginStage(ctx, st.Conn); err != nil {
		return err
	}
	if err := st.current(ctx); err != nil {
		return err
	}
	if claimer, ok := st.dialect.(Claimer); ok {
		if err := claimer.Claim(ctx, st.Conn, st.landing.Target, func() error { return st.current(ctx) }); err != nil {
			return fmt.Errorf("ending the landing of a runner that was overtaken: %w", err)
		}
	}
	if st.landing.Rebuild {
		return st.rebuild(ctx)
	}
	var err error
	if suspender, ok := st.dialect.(Suspender); ok {
		if st.resume, err = suspender.Suspend(ctx, st.Conn, st.replaced()); err != nil {
			return err
		}
	}
	if st.before, err = st.dialect.Changes(ctx, st.Conn); err != nil {
		return err
	}
	if err := st.countInbound(ctx, st.inbound); err != nil {
		return err
	}
	return st.clear(ctx)
}

// current returns nil if the landing's token is the one that may commit.
func (st *stage) current(ctx context.Context) error {
	token, _, err := st.token(ctx, st.landing.Target)
	if err == nil && token != int64(st.landing.Token) {
		err = fmt.Errorf("tenant %s, token %d: %w", st.landing.Target, st.landing.Token, refresh.ErrFenced)
	}
	return err
}

// clear takes the old rows out, those that refer to others first.
func (st *stage) clear(ctx context.Context) error {
	if err := st.loosen(ctx); err != nil {
		return err
	}
	for _, e := range slices.Backward(st.landing.Replace) {
		chosen, err := selection(st.dialect, e, 1)
		if err != nil {
			return err
		}
		if err := st.exec(ctx, e.Table, "DELETE FROM "+e.Table.SQL+chosen.Where, chosen.Params...); err != nil {
			return fmt.Errorf("table %s: taking out the target's rows: %w", e.Table.Name, err)
		}
	}
	return nil
}

// exec changes rows of a table, nil for one of retenant, and counts them as the stage's own.
func (st *stage) exec(ctx context.Context, table *schema.Table, statement string, params ...any) error {
	result, err := st.ExecContext(ctx, statement, params...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return err
	}
	return st.add(ctx, table, n)
}

// add counts changed rows of a table as the stage's own.
func (st *stage) add(ctx context.Context, table *schema.Table, rows int64) error {
	weigher, ok := st.dialect.(Weigher)
	if !ok || table == nil {
		st.own += rows
		return nil
	}
	weight, known := st.weights[table.Name]
	if !known {
		var err error
		if weight, err = weigher.Weight(ctx, st.Conn, table); err != nil {
			return err
		}
		st.weights[table.Name] = weight
	}
	st.own += rows * weight
	return nil
}

func (st *stage) replaced() []*schema.Table {
	tables := make([]*schema.Table, len(st.landing.Replace))
	for i, e := range st.landing.Replace {
		tables[i] = e.Table
	}
	return tables
}

// finish makes the schema whole again: indexes and triggers. Again it does nothing.
func (st *stage) finish(ctx context.Context) error {
	if st.complete {
		return nil
	}
	for _, w := range st.writers {
		if err := w.close(); err != nil {
			return err
		}
	}
	clear(st.writers)
	if st.landing.Rebuild {
		if err := st.finishRebuild(ctx); err != nil {
			return err
		}
	} else if st.resume != nil {
		if err := st.resume(ctx); err != nil {
			return err
		}
	}
	st.complete = true
	return nil
}

// Read implements [refresh.Stage].
func (st *stage) Read(ctx context.Context, e refresh.Extent) (refresh.Reader, error) {
	return st.read(ctx, e)
}

// Copy implements [refresh.Copier].
func (st *stage) Copy(ctx context.Context, from refresh.Snapshot, source, target refresh.Extent, transform *refresh.Transform, progress func(rows, bytes int64)) (bool, error) {
	copier, can := st.dialect.(Copier)
	view, same := from.(*snapshot)
	if !can || !same || view.dialect.Name() != st.dialect.Name() {
		return false, nil
	}
	s, err := selection(st.dialect, source, 1)
	if err != nil {
		return false, err
	}
	t, err := selection(st.dialect, target, 1)
	if err != nil {
		return false, err
	}
	rows, done, err := copier.Copy(ctx, view.Conn, st.Conn, s, t, transform, progress)
	if err == nil {
		err = st.add(ctx, target.Table, rows)
	}
	return done, st.dialect.Explain(err)
}

// Reserve implements [refresh.Stage].
func (st *stage) Reserve(ctx context.Context, e refresh.Extent, column string, originals *keys.Set) (*keys.Generations, int64, error) {
	g, added, err := st.reserve(ctx, e, column, originals)
	return g, added, st.dialect.Explain(err)
}

func (st *stage) reserve(ctx context.Context, e refresh.Extent, column string, originals *keys.Set) (*keys.Generations, int64, error) {
	known, err := st.mapping(ctx, st.landing.Target, st.landing.Source, e.Table.Name)
	if err != nil {
		return nil, 0, err
	}
	g, err := st.retireForeign(ctx, e, column, known)
	if err != nil {
		return nil, 0, err
	}
	missing := g.Missing(originals)
	if n := missing.Len(); n > 0 {
		above, err := st.lastKey(ctx, e.Table.Name)
		if err != nil {
			return nil, 0, err
		}
		if top, some := missing.Max(); some && st.landing.Keys == refresh.OwnKeys {
			above = max(above, top)
		}
		c, _ := e.Table.Column(column)
		first, err := st.take(ctx, e.Table, c, above, n)
		if err != nil {
			return nil, 0, err
		}
		if g, err = g.Extend(missing, first); err != nil {
			return nil, 0, err
		}
	} else if g.Equal(known) {
		return g, 0, nil
	}
	if err := st.saveMapping(ctx, st.landing.Target, st.landing.Source, e.Table.Name, g, known != nil); err != nil {
		return nil, 0, err
	}
	st.own++
	return g, missing.Len(), nil
}

// take reserves keys. What the dialect wrote meanwhile is gone, but the database may have counted it.
func (st *stage) take(ctx context.Context, table *schema.Table, column schema.Column, above, n int64) (int64, error) {
	before, err := st.dialect.Changes(ctx, st.Conn)
	if err != nil {
		return 0, err
	}
	first, err := st.dialect.Reserve(ctx, st.Conn, table, column, above, n)
	if err != nil {
		return 0, err
	}
	after, err := st.dialect.Changes(ctx, st.Conn)
	st.own += after - before
	return first, err
}

// retireForeign takes out of the mapping the keys that rows of somebody else hold by now. The target's own rows are out already, so whoever
// holds a key in one of its spans is foreign.
func (st *stage) retireForeign(ctx context.Context, e refresh.Extent, column string, g *keys.Generations) (*keys.Generations, error) {
	var retired keys.SetBuilder
	found := false
	name, p := st.dialect.Quote(column), st.dialect.Placeholder
	for _, span := range g.Spans() {
		held, err := st.collect(ctx, "SELECT "+name+" FROM "+e.Table.SQL+" WHERE "+name+" BETWEEN "+p(1)+" AND "+p(2), span.First, span.Last)
		if err != nil {
			return nil, err
		}
		for id := range held.All() {
			if original, ours := g.InvertInt(id); ours {
				retired.Add(original)
				found = true
			}
		}
	}
	if !found {
		return g, nil
	}
	return g.RetireAll(retired.Set()), nil
}

// Commit implements [refresh.Stage].
func (st *stage) Commit(ctx context.Context, h refresh.Handover) error {
	if st.Conn == nil {
		return errors.New("sqldata: the stage has ended")
	}
	err := st.commit(ctx, h)
	return errors.Join(st.dialect.Explain(err), st.end(ctx))
}

func (st *stage) commit(ctx context.Context, h refresh.Handover) error {
	if err := st.finish(ctx); err != nil {
		return err
	}
	if err := st.seal(ctx, h); err != nil {
		return err
	}
	if st.handover != nil {
		if err := st.handover(ctx, transaction{st.session}, h); err != nil {
			return fmt.Errorf("handover in the target's database: %w", err)
		}
		// A hook may have swallowed an error that ended the transaction. PostgreSQL answers a COMMIT of such a one with a silent ROLLBACK; MySQL has rolled
		// it back and begun another.
		if err := st.sealed(ctx, h.Run); err != nil {
			return fmt.Errorf("handover in the target's database: %w", err)
		}
	}
	_, err := st.ExecContext(ctx, "COMMIT")
	return err
}

// Rollback implements [refresh.Stage].
func (st *stage) Rollback() error {
	for _, w := range st.writers {
		_ = w.close() // the connection takes its statements with it
	}
	return st.end(context.Background())
}
