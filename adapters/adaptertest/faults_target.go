package adaptertest

import (
	"context"
	"errors"
	"iter"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

type faultyTarget struct {
	target refresh.Target
	faults *Faults
}

func (t faultyTarget) Describe(ctx context.Context, tenant tenancy.ID) (refresh.Description, error) {
	return t.faults.describe(ctx, t.target, tenant)
}

func (t faultyTarget) Snapshot(ctx context.Context, tenant tenancy.ID) (refresh.Snapshot, error) {
	return t.faults.snapshot(ctx, t.target, tenant)
}

func (t faultyTarget) Fence(ctx context.Context, tenant tenancy.ID, token refresh.Token) error {
	return t.faults.call("Target.Fence", func() error { return t.target.Fence(ctx, tenant, token) })
}

func (t faultyTarget) Token(ctx context.Context, tenant tenancy.ID) (refresh.Token, error) {
	return ask(t.faults, "Target.Token", func() (refresh.Token, error) { return t.target.Token(ctx, tenant) })
}

func (t faultyTarget) Committed(ctx context.Context, tenant tenancy.ID, run refresh.RunID) (bool, error) {
	return ask(t.faults, "Target.Committed", func() (bool, error) { return t.target.Committed(ctx, tenant, run) })
}

func (t faultyTarget) Begin(ctx context.Context, landing refresh.Landing) (refresh.Stage, error) {
	stage, err := open(t.faults, "Target.Begin", func() (refresh.Stage, error) { return t.target.Begin(ctx, landing) },
		func(s refresh.Stage) { _ = s.Rollback() })
	if err != nil {
		return nil, err
	}
	return faultyStage{stage, t.faults}, nil
}

// Open answers that no transaction is open where the target cannot see them.
func (t faultyTarget) Open(ctx context.Context, tenant tenancy.ID, mark []byte) (found []refresh.Transaction, next []byte, err error) {
	drainer, ok := t.target.(refresh.Drainer)
	if !ok {
		return nil, nil, nil
	}
	err = t.faults.call("Drainer.Open", func() (err error) {
		found, next, err = drainer.Open(ctx, tenant, mark)
		return err
	})
	return found, next, err
}

// Discard does nothing where the target leaves nothing behind.
func (t faultyTarget) Discard(ctx context.Context, tenant tenancy.ID, run refresh.RunID) error {
	discarder, ok := t.target.(refresh.Discarder)
	if !ok {
		return nil
	}
	return t.faults.call("Discarder.Discard", func() error { return discarder.Discard(ctx, tenant, run) })
}

type faultyStage struct {
	stage  refresh.Stage
	faults *Faults
}

func (s faultyStage) Reserve(ctx context.Context, extent refresh.Extent, column string, originals *keys.Set) (mapping *keys.Generations, added int64, err error) {
	err = s.faults.call("Stage.Reserve", func() (err error) {
		mapping, added, err = s.stage.Reserve(ctx, extent, column, originals)
		return err
	})
	return mapping, added, err
}

func (s faultyStage) Retire(ctx context.Context, extent refresh.Extent, column string, candidates [][]byte) ([][]byte, error) {
	return ask(s.faults, "Stage.Retire", func() ([][]byte, error) { return s.stage.Retire(ctx, extent, column, candidates) })
}

func (s faultyStage) Write(ctx context.Context, extent refresh.Extent, rows *schema.Batch) error {
	return s.faults.call("Stage.Write", func() error { return s.stage.Write(ctx, extent, rows) })
}

func (s faultyStage) Amend(ctx context.Context, extent refresh.Extent, key, set []string, rows *schema.Batch) ([]int, error) {
	return ask(s.faults, "Stage.Amend", func() ([]int, error) { return s.stage.Amend(ctx, extent, key, set, rows) })
}

func (s faultyStage) Read(ctx context.Context, extent refresh.Extent) (refresh.Reader, error) {
	return s.faults.read(ctx, "Stage.Read", s.stage, extent)
}

func (s faultyStage) Check(ctx context.Context, references []refresh.Reference) ([]refresh.Finding, error) {
	return ask(s.faults, "Stage.Check", func() ([]refresh.Finding, error) { return s.stage.Check(ctx, references) })
}

// WriteRowDigests answers that it cannot where the stage does not keep any.
func (s faultyStage) WriteRowDigests(ctx context.Context, table string, pieces iter.Seq[[]byte]) error {
	writer, ok := s.stage.(refresh.RowDigestWriter)
	if !ok {
		return errors.ErrUnsupported
	}
	return s.faults.call("RowDigestWriter.WriteRowDigests", func() error { return writer.WriteRowDigests(ctx, table, pieces) })
}

func (s faultyStage) Commit(ctx context.Context, handover refresh.Handover) error {
	return s.faults.call("Stage.Commit", func() error { return s.stage.Commit(ctx, handover) })
}

func (s faultyStage) Rollback() error { return s.faults.finish("Stage.Rollback", s.stage.Rollback) }

// Copy hands the fast path the snapshot as its own adapter made it, and answers that nothing was done where there is no fast path.
func (s faultyStage) Copy(ctx context.Context, from refresh.Snapshot, source, target refresh.Extent, transform *refresh.Transform, progress func(rows, bytes int64)) (done bool, err error) {
	copier, ok := s.stage.(refresh.Copier)
	if !ok {
		return false, nil
	}
	if wrapped, ok := from.(faultySnapshot); ok {
		from = wrapped.Snapshot
	}
	err = s.faults.call("Copier.Copy", func() (err error) {
		done, err = copier.Copy(ctx, from, source, target, transform, progress)
		return err
	})
	return done, err
}
