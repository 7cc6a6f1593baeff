package refresh

import (
	"context"
	"fmt"
	"slices"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// kept tells whether the target's own value stays in the column (`secret: keep`, D16): the program writes a blank, and what the copy of the same original
// had in the target is carried over afterwards.
func (c ColumnPlan) kept() bool {
	return c.Op == OpMask && c.Rule.Mask == masking.Withhold && c.Rule.Withheld == masking.WithheldKeep
}

// kept returns the columns in which the target's own values stay.
func (t *TablePlan) kept() []string {
	var names []string
	for _, c := range t.Columns {
		if c.kept() {
			names = append(names, c.Name)
		}
	}
	return names
}

// isCopyOf tells whether the target is a copy of the source: without that, no row of it is, and no secret is carried over.
func isCopyOf(target tenancy.Tenant, source tenancy.ID) bool {
	return target.Provenance != nil && target.Provenance.Source == source
}

// secrets refuses to keep the target's secrets where the rows they belong to cannot be found again.
func (c *compiler) secrets() {
	some := false
	for i := range c.plan.Tables {
		t := &c.plan.Tables[i]
		kept := t.kept()
		if t.Disposition != Copy || len(kept) == 0 {
			continue
		}
		some = true
		to := c.plan.to.Table(t.Name)
		key := rowKey(to, t.TenantColumn, kept)
		for _, name := range kept {
			problem := func(message, remedy string) {
				c.problem(Problem{Line: c.Rules.Tables[t.Name].Columns[name].Line, Table: t.Name, Column: name, Message: message, Remedy: remedy})
			}
			switch {
			case slices.Contains(to.PrimaryKey, name) || c.isReference(t, name) || c.isReferredTo(t.Name, name) || c.isOrigin(t, name):
				problem("it is a part of a key or a reference, and the target's own value cannot stay there", "write `secret: blank`, or another mask")
			case key == nil:
				problem("the table has no key by which a row of the target is found again", "write `secret: blank`, or give the table a primary key")
			case slices.Contains(c.To.Facts.NoUpdate[t.Name], name):
				problem("the target's role may not set it again in the copy",
					fmt.Sprintf("write `secret: blank`, or give the role the right to (PostgreSQL: GRANT UPDATE (%s) ON %s)", name, t.Name))
			}
		}
	}
	if some && !isCopyOf(c.Target, c.Source.ID) {
		c.plan.Warnings = append(c.plan.Warnings, fmt.Sprintf("the target is no copy of %s as yet, so the secrets that the rules keep are blank in this one", c.Source.ID))
	}
}

func (c *compiler) isReference(t *TablePlan, column string) bool {
	_, refers := c.keys[columnID{t.Name, column}]
	return refers
}

// isOrigin tells whether a reference repeats the column's values.
func (c *compiler) isOrigin(t *TablePlan, column string) bool {
	for _, target := range c.keys {
		if target == (columnID{t.Name, column}) {
			return true
		}
	}
	return false
}

// carried is what became of the target's own secrets in one table.
type carried struct {
	digest Digest           // over the keys of the copies and all secrets of the row, of rows that have one
	values map[string]int64 // by column, those that are not blank
}

// secretRows hashes keys and secrets of a table.
type secretRows struct {
	key, kept []string
	blanks    []schema.Cell // by secret
	hash      rowHash
}

func (run *run) secretRows(t *TablePlan) secretRows {
	to, kept := run.plan.to.Table(t.Name), t.kept()
	s := secretRows{key: rowKey(to, t.TenantColumn, kept), kept: kept, hash: newRowHash(run.Secret)}
	for _, name := range kept {
		column, _ := to.Column(name)
		blank, _ := masking.Blank(column)
		s.blanks = append(s.blanks, blank)
	}
	return s
}

func isBlank(c, blank schema.Cell) bool {
	return c.IsNull() || c.Form == blank.Form && string(c.Bytes) == string(blank.Bytes)
}

// add counts a row of keys and secrets in. A row of blanks counts nothing.
func (s *secretRows) add(c *carried, row schema.Row) {
	s.hash.reset()
	some := false
	for i := range row.Len() {
		cell := row.Cell(i)
		s.hash.cell(cell)
		if k := i - len(s.key); k >= 0 && !isBlank(cell, s.blanks[k]) {
			some = true
			c.values[s.kept[k]]++
		}
	}
	if some {
		s.hash.sum(&c.digest)
	}
}

// openOld opens a view of the target's rows before the stage takes them out, where secrets of theirs stay.
func (run *run) openOld(ctx context.Context) (err error) {
	if !run.plan.keepsSecrets() || run.plan.Annex.Create || !isCopyOf(run.target, run.source.ID) {
		return nil
	}
	if run.old, err = run.Target.Snapshot(ctx, run.target.ID); err != nil {
		return fmt.Errorf("target %s: %w", run.target.ID, err)
	}
	return nil
}

// keepSecrets gives the rows of the copy the secrets that earlier copies of the same originals had in the target, and closes the view of these.
func (run *run) keepSecrets(ctx context.Context) error {
	for _, t := range run.tables {
		if len(t.plan.kept()) == 0 {
			continue
		}
		t.secrets = &carried{values: map[string]int64{}}
		if run.old == nil {
			continue
		}
		if err := run.carry(ctx, t); err != nil {
			return fmt.Errorf("table %s, keeping the target's secrets: %w", t.plan.Name, err)
		}
	}
	if run.old == nil {
		return nil
	}
	err := run.old.Close() // before the commit, which it would hold up in a file without a write-ahead log
	run.old = nil
	return err
}

// carry does it for one table. A secret whose column the target did not have, or had as another type, is blank, and so is one of a row that the last landing did
// not write, or wrote without a key.
func (run *run) carry(ctx context.Context, t *tableRun) error {
	s := run.secretRows(t.plan)
	old, to := run.plan.old.Table(t.plan.Name), run.plan.to.Table(t.plan.Name)
	if old == nil || !sameColumns(rowKey(old, t.plan.TenantColumn, s.kept), s.key) {
		return nil
	}
	there := func(name string) bool {
		was, found := old.Column(name)
		is, _ := to.Column(name)
		return found && !was.Computed && was.Type == is.Type
	}
	if slices.ContainsFunc(s.key, func(name string) bool { return !there(name) }) || !slices.ContainsFunc(s.kept, there) {
		return nil
	}
	left := new(leftRows)
	if why, err := run.plan.landed(ctx, t.plan, run.old, run.Secret, left); err != nil {
		return err
	} else if why != "" {
		warning := blankBecause(t.plan.Name, why)
		if !slices.Contains(run.refresh.Warnings, warning) { // by an earlier attempt
			run.refresh.Warnings = append(slices.Clip(run.refresh.Warnings), warning)
		}
		run.progress.warn(warning)
		return nil
	}
	left.among(s.key, run.Secret)
	extent := run.plan.extent(run.plan.old, t.plan, run.target.ID)
	if extent.Column != "" && old.Index(extent.Column) < 0 {
		extent.Column, extent.Tenant = "", ""
	}
	extent.Only = slices.Clone(s.key)
	place := map[string]int{}
	for _, name := range s.kept {
		if there(name) {
			place[name] = len(extent.Only)
			extent.Only = append(extent.Only, name)
		}
	}
	rows, changes := schema.NewBatch(len(extent.Only), run.Batch), schema.NewBatch(len(s.key)+len(s.kept), run.Batch)
	return readAll(ctx, run.old, extent, rows, func() error {
		changes.Reset()
		for i := range rows.Len() {
			if row := rows.Row(i); s.whole(row) && left.has(row) {
				s.choose(changes, row, place)
			}
		}
		if changes.Len() == 0 {
			return nil
		}
		missing, err := run.stage.Amend(ctx, run.plan.target(t.plan), s.key, s.kept, changes)
		if err != nil {
			return err
		}
		for i := range changes.Len() {
			if _, gone := slices.BinarySearch(missing, i); !gone { // the others have no counterpart in this copy
				s.add(t.secrets, changes.Row(i))
			}
		}
		run.progress.rows(0, 0) // alive, with no more rows than there are
		return nil
	})
}

func sameColumns(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// whole tells whether a row, which begins with its key, has one: a primary key may be NULL in SQLite.
func (s *secretRows) whole(row schema.Row) bool {
	for i := range s.key {
		if row.Cell(i).IsNull() {
			return false
		}
	}
	return true
}

// choose appends key and secrets of a row that has a secret.
func (s *secretRows) choose(dst *schema.Batch, row schema.Row, place map[string]int) {
	some := false
	for i, name := range s.kept {
		at, there := place[name]
		some = some || there && !isBlank(row.Cell(at), s.blanks[i])
	}
	if !some {
		return
	}
	for i := range s.key {
		dst.Append(row.Cell(i))
	}
	for i, name := range s.kept {
		if at, there := place[name]; there && !row.Cell(at).IsNull() {
			dst.Append(row.Cell(at))
		} else {
			dst.Append(s.blanks[i])
		}
	}
}

// verifySecrets re-reads the secrets of the copy: those that were carried over are there, and no others.
func (run *run) verifySecrets(ctx context.Context, t *tableRun) (difference string, err error) {
	if t.secrets == nil {
		return "", nil
	}
	s, found := run.secretRows(t.plan), carried{values: map[string]int64{}}
	extent := run.plan.target(t.plan)
	extent.Only = slices.Concat(s.key, s.kept)
	batch := schema.NewBatch(len(extent.Only), run.Batch)
	err = readAll(ctx, run.stage, extent, batch, func() error {
		for i := range batch.Len() {
			s.add(&found, batch.Row(i))
		}
		run.progress.rows(0, 0)
		return nil
	})
	if err == nil && t.secrets.digest != found.digest {
		difference = fmt.Sprintf("%s: %d rows have a secret, and the target's own were to stay in %d", join(s.kept), found.digest.Rows(), t.secrets.digest.Rows())
	}
	return difference, err
}
