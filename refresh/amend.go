package refresh

import (
	"context"
	"fmt"
	"slices"

	"github.com/retenant/retenant/tenancy/schema"
)

// secondPass sets the columns that were written as NULL because references form a cycle through them. All rows are there by now. It reads the keys and
// these columns of the source again, from the same snapshot, and maps both as the first pass did.
func (run *run) secondPass(ctx context.Context) error {
	for _, t := range run.tables {
		var set []string
		for _, c := range t.plan.Columns {
			if c.Deferred {
				set = append(set, c.Name)
			}
		}
		if len(set) == 0 {
			continue
		}
		if err := run.setDeferred(ctx, t.plan, set); err != nil {
			return fmt.Errorf("table %s, second pass: %w", t.plan.Name, err)
		}
	}
	return nil
}

func (run *run) setDeferred(ctx context.Context, t *TablePlan, set []string) error {
	key := rowKey(run.plan.to.Table(t.Name), t.TenantColumn, nil)
	narrow, only := run.plan.narrowed(t, slices.Concat(key, set))
	part := narrow.Table(t.Name)
	transform, err := narrow.bind(part, run.Secret, run.bound)
	if err != nil {
		return err
	}
	places := part.places(slices.Concat(key, set))
	from, to := run.plan.source(t), run.plan.target(t)
	from.Only = only
	source, made := schema.NewBatch(len(only), run.Batch), schema.NewBatch(len(only), run.Batch)
	changes := schema.NewBatch(len(places), run.Batch)
	amend := func() error {
		missing, err := run.stage.Amend(ctx, to, key, set, changes)
		if err == nil && len(missing) > 0 {
			err = fmt.Errorf("%d rows are not found again by their key (%s)", len(missing), join(key))
		}
		run.progress.rows(0, 0) // alive, with no more rows than there are
		changes.Reset()
		return err
	}
	err = readAll(ctx, run.snapshot, from, source, func() error {
		made.Reset()
		if err := transform.Apply(made, source); err != nil {
			return err
		}
		for i := range made.Len() {
			row := made.Row(i)
			if !slices.ContainsFunc(places[len(key):], func(at int) bool { return !row.Cell(at).IsNull() }) {
				continue // it is NULL already
			}
			for _, at := range places {
				changes.Append(row.Cell(at))
			}
		}
		if changes.Full() {
			return amend()
		}
		return nil
	})
	if err == nil && changes.Len() > 0 {
		err = amend()
	}
	return err
}

// narrowed returns a plan of the one table in which the program makes these columns only, in their final form, and the columns of the source that it
// takes: those that masks read are among them.
func (p *Plan) narrowed(t *TablePlan, columns []string) (*Plan, []string) {
	wanted := map[string]bool{}
	for _, c := range t.Columns {
		if slices.Contains(columns, c.Name) {
			wanted[c.Name] = true
			for _, name := range c.Rule.Reads() {
				wanted[name] = true
			}
		}
	}
	part, table := *t, *p.from.Table(t.Name)
	part.Columns = nil
	var only []string
	for _, c := range t.Columns {
		if !wanted[c.Name] {
			continue
		}
		c.Deferred = false
		if !slices.Contains(columns, c.Name) {
			c = ColumnPlan{Name: c.Name, Op: OpPass} // read by a mask, and not handed on
		}
		part.Columns, only = append(part.Columns, c), append(only, c.Name)
	}
	table.Columns = slices.DeleteFunc(table.Stored(), func(c schema.Column) bool { return !wanted[c.Name] })
	narrow := *p
	narrow.Tables, narrow.from = []TablePlan{part}, &schema.Schema{Tables: []schema.Table{table}}
	return &narrow, only
}

// places returns where the columns stand among those of the plan.
func (t *TablePlan) places(columns []string) []int {
	places := make([]int, len(columns))
	for i, name := range columns {
		places[i] = slices.IndexFunc(t.Columns, func(c ColumnPlan) bool { return c.Name == name })
	}
	return places
}
