package refresh

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// assignedKeys refuses, long before an outage (D5), keys that people assign where they have no copy by their scheme, or where a row of somebody else has
// the copy's key: another target has a like tag, or a copy was given to another tenant.
func (r *Runner) assignedKeys(ctx context.Context, p *Plan) error {
	if !slices.ContainsFunc(p.Tables, func(t TablePlan) bool { return t.Disposition == Copy && t.assignedByPeople() }) {
		return nil
	}
	source, err := r.Source.Snapshot(ctx, p.Source)
	if err != nil {
		return fmt.Errorf("source %s: %w", p.Source, err)
	}
	defer source.Close()
	var target Snapshot
	if p.Keys == SharedKeys {
		if target, err = r.Target.Snapshot(ctx, p.Target); err != nil {
			return fmt.Errorf("target %s: %w", p.Target, err)
		}
		defer target.Close()
	}
	var problems Problems
	for i := range p.Tables {
		t := &p.Tables[i]
		if t.Disposition != Copy || !t.assignedByPeople() {
			continue
		}
		problem, err := p.assignedKeys(ctx, t, source, target)
		if err != nil {
			return fmt.Errorf("table %s: reading its keys: %w", t.Name, err)
		}
		if problem != nil {
			problem.Table, problem.Column = t.Name, t.KeyColumn
			problems = append(problems, *problem)
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// assignedKeys looks at one table. A nil target is not looked at.
func (p *Plan) assignedKeys(ctx context.Context, t *TablePlan, source, target Snapshot) (*Problem, error) {
	var globals [][]byte
	if t.Globals {
		extent := p.source(t)
		extent.Tenant = ""
		if err := eachKey(ctx, source, extent, t.KeyColumn, func(key []byte) { globals = append(globals, slices.Clone(key)) }); err != nil {
			return nil, err
		}
	}
	mapping, err := p.mapping(t, masking.Secret{}, globals, nil)
	if err != nil {
		return &Problem{Message: err.Error(), Remedy: "say in the profile's keys what this copy's keys look like"}, nil
	}
	columns := []string{t.KeyColumn}
	whole := true // whether the other columns of the key are the same in the copy
	for _, name := range p.from.Table(t.Name).PrimaryKey {
		i := slices.IndexFunc(t.Columns, func(c ColumnPlan) bool { return c.Name == name })
		if name != t.KeyColumn && name != t.TenantColumn {
			columns = append(columns, name)
			whole = whole && i >= 0 && t.Columns[i].Op == OpPass
		}
	}
	made, refused := new(keySet), 0
	extent := p.source(t)
	extent.Only = columns
	var room, text []byte
	batch := schema.NewBatch(len(columns), 0)
	err = readAll(ctx, source, extent, batch, func() error {
		for i := range batch.Len() {
			row := batch.Row(i)
			copy, ok := mapping.Map(room[:0], row.Cell(0).Bytes)
			if !ok || row.Cell(0).Form != schema.Regular {
				refused++
				continue
			}
			room = copy
			text = wholeKey(text[:0], copy, row, len(columns))
			made.add(text)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case refused > 0:
		message, remedy, _ := strings.Cut(refusal(t.Scheme), "; ")
		return &Problem{Message: fmt.Sprintf("the keys of %d rows have no copy: %s", refused, message), Remedy: remedy}, nil
	case target == nil || !whole:
		return nil, nil
	}
	made.freeze()
	held, err := p.heldByOthers(ctx, t, target, columns, made)
	if err != nil || held == 0 {
		return nil, err
	}
	return &Problem{Message: fmt.Sprintf("rows of other tenants have %d of the keys that copies would get", held),
		Remedy: "choose another prefix, suffix, range or station in the profile's keys, one that no other target has; a row that was transferred to another tenant keeps its key"}, nil
}

// heldByOthers counts the rows that are not the target's own and have one of the keys.
func (p *Plan) heldByOthers(ctx context.Context, t *TablePlan, target Snapshot, columns []string, made *keySet) (held int, err error) {
	extent := Extent{Table: p.to.Table(t.Name), Only: append(slices.Clone(columns), t.TenantColumn)}
	batch := schema.NewBatch(len(extent.Only), 0)
	own := []byte(p.Target)
	var text []byte
	err = readAll(ctx, target, extent, batch, func() error {
		for i := range batch.Len() {
			row := batch.Row(i)
			if tenant := row.Cell(len(columns)); !tenant.IsNull() && bytes.Equal(tenant.Bytes, own) {
				continue
			}
			if text = wholeKey(text[:0], row.Cell(0).Bytes, row, len(columns)); made.has(text) {
				held++
			}
		}
		return nil
	})
	return held, err
}

// wholeKey appends the key of a row, with its first column in place of the row's own.
func wholeKey(dst, first []byte, row schema.Row, columns int) []byte {
	parts := []string{string(first)}
	for k := 1; k < columns; k++ {
		parts = append(parts, string(row.Cell(k).Bytes))
	}
	return append(dst, keys.Compose(parts...)...)
}
