package refresh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/retenant/retenant/tenancy/schema"
)

// tableRun is what a run did with one table.
type tableRun struct {
	plan      *TablePlan
	transform *Transform
	read      int64
	newKeys   int64
	secrets   *carried // of the target's own that stay; nil where the table has none
}

// expected returns how many rows the source has, about.
func (run *run) expected() int64 {
	if run.plan == nil {
		return 0
	}
	var n int64
	for _, t := range run.plan.Tables {
		if t.Disposition == Copy {
			n += run.plan.Annex.Rows[t.Name]
		}
	}
	return n
}

// copy reads the source in one snapshot and writes the masked, re-keyed rows to a stage.
func (run *run) copy(ctx context.Context) (err error) {
	run.end() // of an attempt before
	run.tables = nil
	if run.snapshot, err = run.Source.Snapshot(ctx, run.source.ID); err != nil {
		return fmt.Errorf("source %s: %w", run.source.ID, err)
	}
	run.refresh.Snapshot = run.snapshot.At().UTC().Truncate(time.Microsecond)
	if err := run.unchanged(ctx); err != nil {
		return err
	}
	originals, err := run.readKeys(ctx)
	if err != nil {
		return err
	}
	candidates, err := run.candidates(ctx)
	if err != nil {
		return err
	}
	if err := run.openOld(ctx); err != nil {
		return err
	}
	if run.stage, err = run.Target.Begin(ctx, run.plan.landing(run.refresh.ID, run.lease.Token)); err != nil {
		return fmt.Errorf("target %s: %w", run.target.ID, err)
	}
	reserved, err := run.reserve(ctx, originals, candidates)
	if err != nil {
		return err
	}
	for i := range run.plan.Tables {
		t := &run.plan.Tables[i]
		if t.Disposition != Copy {
			continue
		}
		transform, err := run.plan.bind(t, run.Secret, run.bound)
		if err != nil {
			return err
		}
		done := &tableRun{plan: t, transform: transform, newKeys: reserved[t.Name]}
		run.tables = append(run.tables, done)
		run.progress.table(t.Name, run.plan.Annex.Rows[t.Name])
		if err := run.copyTable(ctx, done); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	if err := run.secondPass(ctx); err != nil {
		return err
	}
	return run.keepSecrets(ctx)
}

// unchanged refuses a source whose schema is no longer the plan's: what changed until the snapshot was taken would be missing in the copy. Its checks do not
// bear on what is read.
func (run *run) unchanged(ctx context.Context) error {
	now, err := run.Source.Describe(ctx, run.source.ID)
	if err != nil {
		return fmt.Errorf("source %s: %w", run.source.ID, err)
	}
	if !reflect.DeepEqual(unchecked(now.Schema), unchecked(*run.plan.from)) {
		return fmt.Errorf("the source's schema changed while the run began: %w", ErrPlanChanged)
	}
	return nil
}

func unchecked(s schema.Schema) schema.Schema {
	s.Tables = slices.Clone(s.Tables)
	for i := range s.Tables {
		s.Tables[i].Checks = nil
	}
	return s
}

// copyTable takes the fast path where there is one.
func (run *run) copyTable(ctx context.Context, t *tableRun) error {
	from, to := run.plan.source(t.plan), run.plan.target(t.plan)
	if copier, ok := run.stage.(Copier); ok && !run.Portable {
		done, err := copier.Copy(ctx, run.snapshot, from, to, t.transform, func(rows, bytes int64) {
			t.read += rows
			run.progress.rows(rows, bytes)
		})
		if done || err != nil {
			return err
		}
	}
	return run.copyPortably(ctx, t, from, to)
}

// copyPortably reads and transforms rows in one goroutine while another writes those before: two databases, or two connections of one, work at once.
func (run *run) copyPortably(ctx context.Context, t *tableRun, from, to Extent) error {
	const ahead = 2 // batches that may wait to be written
	free, full := make(chan *schema.Batch, ahead+1), make(chan *schema.Batch, ahead)
	for range cap(free) {
		free <- schema.NewBatch(len(t.plan.Columns), run.Batch)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(full)
		source := schema.NewBatch(len(t.plan.Columns), run.Batch)
		return readAll(ctx, run.snapshot, from, source, func() error {
			var copies *schema.Batch
			select {
			case copies = <-free:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			copies.Reset()
			if err := t.transform.Apply(copies, source); err != nil {
				return err
			}
			t.read += int64(source.Len())
			select {
			case full <- copies:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	})
	group.Go(func() error {
		for copies := range full {
			if err := run.stage.Write(ctx, to, copies); err != nil {
				return err
			}
			run.progress.rows(int64(copies.Len()), int64(copies.Size()))
			free <- copies
		}
		return nil
	})
	return group.Wait()
}

// rowReader is what a [Snapshot] and a [Stage] have in common.
type rowReader interface {
	Read(ctx context.Context, extent Extent) (Reader, error)
}

// readAll calls each for every batch of an extent.
func readAll(ctx context.Context, from rowReader, extent Extent, batch *schema.Batch, each func() error) (err error) {
	reader, err := from.Read(ctx, extent)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for {
		if err := reader.Next(ctx, batch); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := each(); err != nil {
			return err
		}
	}
}

// verify re-reads the copy and compares it with what was to be written: row counts and digests, references, and what else changed (D17).
func (run *run) verify(ctx context.Context) error {
	var findings []Finding
	for _, t := range run.tables {
		run.progress.table(t.plan.Name, t.read)
		digests := run.collectRowDigests(t)
		found, err := run.reread(ctx, run.stage, run.plan.target(t.plan), t)
		if err != nil {
			return fmt.Errorf("table %s: %w", t.plan.Name, err)
		}
		if err := run.keepRowDigests(ctx, t, digests); err != nil {
			return fmt.Errorf("table %s: %w", t.plan.Name, err)
		}
		made := t.transform.Made()
		if made.Rows() != t.read {
			findings = append(findings, Finding{Table: t.plan.Name, Rows: t.read, Message: fmt.Sprintf("%d rows were read and %d made of them", t.read, made.Rows())})
		}
		if difference := made.Compare(&found); difference != "" {
			findings = append(findings, Finding{Table: t.plan.Name, Rows: found.Rows(), Message: difference})
		}
		difference, err := run.verifySecrets(ctx, t)
		if err != nil {
			return fmt.Errorf("table %s: %w", t.plan.Name, err)
		}
		if difference != "" {
			findings = append(findings, Finding{Table: t.plan.Name, Message: difference})
		}
	}
	if err := run.keepNoRows(ctx); err != nil {
		return err
	}
	more, err := run.stage.Check(ctx, run.plan.references())
	if err != nil {
		return err
	}
	if findings = append(findings, more...); len(findings) > 0 {
		return &FindingsError{findings}
	}
	return nil
}

// reread returns the digest of what the target holds.
func (run *run) reread(ctx context.Context, from rowReader, extent Extent, t *tableRun) (Digest, error) {
	var found Digest
	batch := schema.NewBatch(len(t.plan.Columns), run.Batch)
	err := readAll(ctx, from, extent, batch, func() error {
		t.transform.count(&found, batch)
		run.progress.rows(int64(batch.Len()), int64(batch.Size()))
		return nil
	})
	return found, err
}
