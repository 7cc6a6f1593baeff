package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// maxLossExamples is how many keys of lost rows a plan shows.
const maxLossExamples = 5

// lose fills the plan's annex with what the target loses.
func (r *Runner) lose(ctx context.Context, p *Plan, target tenancy.Tenant) error {
	counted, err := r.countLosses(ctx, p, target)
	if err != nil {
		return err
	}
	p.Annex.Losses = counted
	return r.activeUsers(ctx, target, &p.Annex.Losses)
}

// countLosses tells what the target loses as it is now, without its users.
func (r *Runner) countLosses(ctx context.Context, p *Plan, target tenancy.Tenant) (Losses, error) {
	switch {
	case p.Annex.Create:
		return Losses{Counted: true}, nil
	case p.Uncounted:
		return Losses{Why: "the profile turns it off"}, nil
	case r.Secret.IsZero():
		return Losses{Why: "that takes the masking secret"}, nil
	}
	snapshot, err := r.Target.Snapshot(ctx, target.ID)
	if err != nil {
		return Losses{}, fmt.Errorf("target %s: %w", target.ID, err)
	}
	defer snapshot.Close()
	without := Losses{Why: "the target keeps no digests of rows"}
	reader, ok := snapshot.(RowDigestReader)
	if !ok {
		return without, nil
	}
	c := &lossCounter{Runner: r, snapshot: snapshot, digests: reader}
	l := Losses{Counted: true}
	for _, s := range p.atStake(target) {
		loss, err := c.count(ctx, s)
		if errors.Is(err, errors.ErrUnsupported) {
			return without, nil
		}
		if err != nil {
			return Losses{}, fmt.Errorf("target %s: table %s: counting what will be lost: %w; Profile.Uncounted goes without", target.ID, s.Table.Name, err)
		}
		l.Tables = append(l.Tables, loss)
	}
	return l, nil
}

// stake is rows of the target that go.
type stake struct {
	Extent            // as the target's table is so far
	plan   *TablePlan // nil where the table goes itself
	stays  []string   // the columns whose values stay, as secrets
}

// atStake lists the rows of the target that go.
func (p *Plan) atStake(target tenancy.Tenant) []stake {
	var list []stake
	for i := range p.Tables {
		t := &p.Tables[i]
		table := p.old.Table(t.Name)
		if table == nil || !t.replaced() {
			continue
		}
		s := stake{Extent: Extent{Table: table}, plan: t}
		if _, found := table.Column(t.TenantColumn); found {
			s.Column, s.Tenant = t.TenantColumn, p.Target
		}
		if t.Disposition == Copy && isCopyOf(target, p.Source) {
			s.stays = t.kept()
		}
		list = append(list, s)
	}
	for _, name := range p.Dropped {
		list = append(list, stake{Extent: Extent{Table: p.old.Table(name)}})
	}
	return list
}

// named tells whether the plan may show a row's key: it consists of numbers and UUIDs, and none of them is what a mask takes away. A row that people made in the
// target was never masked.
func (s stake) named(head *rowDigestHead) bool {
	if s.plan == nil || len(head.Key) == 0 {
		return false
	}
	for _, i := range head.keyed() {
		column := head.Columns[i]
		if column.Type != schema.Integer.String() && column.Type != schema.UUID.String() {
			return false
		}
		shown := func(c ColumnPlan) bool {
			return c.Name == column.Name && (c.Op == OpKey || c.Op == OpReference || c.Op == OpPass)
		}
		if !slices.ContainsFunc(s.plan.Columns, shown) {
			return false
		}
	}
	return true
}

// lossCounter counts in one snapshot of the target.
type lossCounter struct {
	*Runner
	snapshot Snapshot
	digests  RowDigestReader
}

// count tells what is lost of a table's rows.
func (c *lossCounter) count(ctx context.Context, s stake) (TableLoss, error) {
	loss := TableLoss{Table: s.Table.Name}
	head, known, err := readRowDigests(c.digests.RowDigests(ctx, s.Table.Name))
	if err != nil && !errors.Is(err, errDamaged) {
		return loss, err
	}
	switch {
	case err != nil:
		loss.Why = errDamaged.Error()
	case head == nil:
		loss.Why = "no refresh has written it"
	case head.Secret != c.Secret.Fingerprint():
		loss.Why = "the secret is not that of the last refresh"
	default:
		gone, fits := head.fits(s.Extent, s.stays)
		if head.Rows > 0 && !fits {
			loss.Why = "its columns changed since the last refresh"
			break
		}
		loss.Compared, loss.Since, loss.AtLeast = true, head.Run, head.Sums
		if head.Rows > 0 {
			return loss, c.compare(ctx, s, head, known, gone, &loss)
		}
	}
	loss.Rows, err = c.snapshot.Count(ctx, s.Extent)
	if loss.Compared { // it was empty
		loss.Created = loss.Rows
	}
	return loss, err
}

// compare holds the rows that are there now against the known ones. No refresh writes a secret that people have not set in the target, so a row that has one
// of those that go is lost, even where the rest is as it was.
func (c *lossCounter) compare(ctx context.Context, s stake, head *rowDigestHead, known *knownRows, gone []string, loss *TableLoss) error {
	var digests []rowDigest
	e, cells := s.Extent, make([]int, len(head.Columns))
	e.Only = slices.Concat(head.names(), gone)
	for i := range cells {
		cells[i] = i
	}
	digester := newRowDigester(c.Secret, cells, head.keyed(), func(d rowDigest) { digests = append(digests, d) })
	batch, named := schema.NewBatch(len(e.Only), c.Batch), s.named(head)
	err := readAll(ctx, c.snapshot, e, batch, func() error {
		digests = digests[:0]
		for i := range batch.Len() {
			digester.add(batch.Row(i))
		}
		for i, d := range digests {
			verdict := known.judge(d)
			if verdict == rowUnchanged && s.hasSecret(batch.Row(i), gone) {
				verdict = rowChanged
				loss.Changed++
			}
			if !named {
				continue
			}
			switch verdict {
			case rowChanged:
				example(&loss.ChangedKeys, batch.Row(i), digester.keyed)
			case rowCreated:
				example(&loss.CreatedKeys, batch.Row(i), digester.keyed)
			}
		}
		loss.Rows += int64(batch.Len())
		return nil
	})
	loss.Deleted = known.finish()
	loss.Changed, loss.Created = loss.Changed+known.changed, known.created
	return err
}

// hasSecret tells whether one of the secrets, which are the last cells of a row, is not blank.
func (s stake) hasSecret(row schema.Row, secrets []string) bool {
	for i, name := range secrets {
		column, _ := s.Table.Column(name)
		if blank, _ := masking.Blank(column); !isBlank(row.Cell(row.Len()-len(secrets)+i), blank) {
			return true
		}
	}
	return false
}

// example adds the row's key, if it is a regular one.
func example(list *[]string, row schema.Row, keyed []int) {
	if len(*list) == maxLossExamples {
		return
	}
	var parts []string
	for _, i := range keyed {
		cell := row.Cell(i)
		_, number := keys.ParseID(cell.Bytes)
		if cell.Form != schema.Regular || !number && !isUUID(cell.Bytes) {
			return
		}
		parts = append(parts, string(cell.Bytes))
	}
	*list = append(*list, keys.Compose(parts...).String())
}
