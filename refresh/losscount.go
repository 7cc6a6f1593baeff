package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

// maxLossExamples is how many keys of lost rows a plan shows.
const maxLossExamples = 5

// lose fills the plan's annex with what the target loses. The target's schema is as it is now.
func (r *Runner) lose(ctx context.Context, p *Plan, target tenancy.Tenant, now *schema.Schema) error {
	l := &p.Annex.Losses
	if err := r.activeUsers(ctx, target, l); err != nil {
		return err
	}
	p.lossy = map[string]Extent{}
	switch {
	case p.Annex.Create:
		l.Counted = true
		return nil
	case p.Uncounted:
		l.Why = "the profile turns it off"
		return nil
	case r.Secret.IsZero():
		l.Why = "that takes the masking secret"
		return nil
	}
	snapshot, err := r.Target.Snapshot(ctx, target.ID)
	if err != nil {
		return fmt.Errorf("target %s: %w", target.ID, err)
	}
	defer snapshot.Close()
	reader, ok := snapshot.(RowDigestReader)
	if !ok {
		l.Why = "the target keeps no digests of rows"
		return nil
	}
	c := &lossCounter{Runner: r, snapshot: snapshot, digests: reader}
	for _, e := range p.atStake(now) {
		p.lossy[e.Table.Name] = e
		loss, err := c.count(ctx, e)
		if errors.Is(err, errors.ErrUnsupported) {
			l.Tables, l.Why = nil, "the target keeps no digests of rows"
			return nil
		}
		if err != nil {
			return fmt.Errorf("target %s: table %s: counting what will be lost: %w; Profile.Uncounted goes without", target.ID, e.Table.Name, err)
		}
		l.Tables = append(l.Tables, loss)
	}
	l.Counted = true
	return nil
}

// atStake lists the rows of the target that go, as its tables are now.
func (p *Plan) atStake(now *schema.Schema) []Extent {
	var list []Extent
	for i := range p.Tables {
		t := &p.Tables[i]
		table := now.Table(t.Name)
		if table == nil || !t.replaced() {
			continue
		}
		e := Extent{Table: table}
		if _, found := table.Column(t.TenantColumn); found {
			e.Column, e.Tenant = t.TenantColumn, p.Target
		}
		list = append(list, e)
	}
	for _, name := range p.Dropped {
		list = append(list, Extent{Table: now.Table(name)})
	}
	return list
}

// lossCounter counts in one snapshot of the target.
type lossCounter struct {
	*Runner
	snapshot Snapshot
	digests  RowDigestReader
}

// count tells what is lost of a table's rows.
func (c *lossCounter) count(ctx context.Context, e Extent) (TableLoss, error) {
	loss := TableLoss{Table: e.Table.Name}
	head, known, err := readRowDigests(c.digests.RowDigests(ctx, e.Table.Name))
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
	case head.Rows > 0 && !slices.Equal(digestedColumns(e, head.names()), head.Columns):
		loss.Why = "its columns changed since the last refresh"
	default:
		loss.Compared, loss.Since, loss.AtLeast = true, head.Run, head.Sums
	}
	if loss.Compared && head.Rows > 0 {
		return loss, c.compare(ctx, e, head, known, &loss)
	}
	loss.Rows, err = c.snapshot.Count(ctx, e)
	if loss.Compared { // it was empty
		loss.Created = loss.Rows
	}
	return loss, err
}

// compare holds the rows that are there now against the known ones.
func (c *lossCounter) compare(ctx context.Context, e Extent, head *rowDigestHead, known *knownRows, loss *TableLoss) error {
	var digests []rowDigest
	digester := newRowDigester(c.Secret, head.keyed(), -1, func(d rowDigest) { digests = append(digests, d) })
	e.Only = head.names()
	batch, named := schema.NewBatch(len(e.Only), c.Batch), head.named()
	err := readAll(ctx, c.snapshot, e, batch, func() error {
		digests = digests[:0]
		for i := range batch.Len() {
			digester.add(batch.Row(i))
		}
		for i, d := range digests {
			verdict := known.judge(d)
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
	loss.Changed, loss.Created = known.changed, known.created
	return err
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
