package refresh

import (
	"context"
	"fmt"
	"slices"

	"github.com/retenant/retenant/keys"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/tenancy/schema"
)

// bindings are what a program needs beside the plan, by table.
type bindings struct {
	mappings map[string]keys.Mapping // of the tables that are copied
	scopes   map[string]members      // their originals, where a mapping answers for more than these; nil: all that it answers for
	globals  map[string]members      // the keys of rows of no tenant
}

// scoped tells whether the keys of a table's originals must be known, because a reference to another row has a rule of its own. Generations know them anyway.
func (p *Plan) scoped(table string) bool {
	for _, t := range p.Tables {
		if t.Disposition == Copy && slices.ContainsFunc(t.Columns, func(c ColumnPlan) bool {
			return c.Op == OpReference && c.To == table && c.Outside != masking.OutsideRefuse
		}) {
			return true
		}
	}
	return false
}

// mapping returns the mapping of a table whose scheme is not generations, with the keys of rows of no tenant, which stay, and the copies' keys that are
// given to no copy again.
func (p *Plan) mapping(t *TablePlan, secret masking.Secret, globals, retired [][]byte) (keys.Mapping, error) {
	switch t.Scheme {
	case keys.SchemeSame:
		return keys.Same{}, nil
	case keys.SchemeUUID:
		config := keys.UUIDConfig{PermuteTime: t.WithoutTime, Global: uuids(globals), Retired: uuids(retired)}
		return keys.NewUUIDs(secret.Derive("retenant uuid keys v1 "+string(p.Target), keys.UUIDKeySize), config)
	}
	column, _ := p.to.Table(t.Name).Column(t.KeyColumn)
	return t.assigned(column, globals)
}

func uuids(texts [][]byte) [][16]byte {
	list := make([][16]byte, 0, len(texts))
	for _, text := range texts {
		if id, ok := keys.ParseUUID(text); ok {
			list = append(list, id)
		}
	}
	return list
}

// assigned returns the mapping of keys that people assign.
func (t *TablePlan) assigned(column schema.Column, globals [][]byte) (keys.Mapping, error) {
	switch choice := t.KeyChoice; t.Scheme {
	case keys.SchemeTag:
		config := keys.TagConfig{Prefix: choice.Prefix, Suffix: choice.Suffix, MaxLength: column.Size}
		for _, key := range globals {
			config.Global = append(config.Global, string(key))
		}
		return keys.NewTag(config)
	case keys.SchemeOffset:
		var set keys.SetBuilder
		for _, key := range globals {
			if id, ok := keys.ParseID(key); ok {
				set.Add(id)
			}
		}
		return keys.NewOffset(keys.Span{First: choice.First, Last: choice.Last}, choice.Base, set.Set())
	case keys.SchemeStation:
		if len(choice.Stations) == 0 {
			return nil, fmt.Errorf("%w: no station has one that its copies have", keys.ErrScheme)
		}
		return keys.NewStations(choice.Stations)
	}
	return nil, fmt.Errorf("%w: scheme %q", keys.ErrScheme, t.Scheme)
}

// readKeys reads the originals of each table whose mapping has to know them, and the keys of the rows of no tenant that references may name.
func (run *run) readKeys(ctx context.Context) (originals map[string]*keys.Set, err error) {
	originals = map[string]*keys.Set{}
	run.bound = bindings{mappings: map[string]keys.Mapping{}, scopes: map[string]members{}, globals: map[string]members{}}
	run.globals = map[string][][]byte{}
	for i := range run.plan.Tables {
		t := &run.plan.Tables[i]
		if t.Disposition != Copy || t.KeyColumn == "" || t.Scheme == keys.SchemeSame {
			continue
		}
		extent := run.plan.source(t)
		if t.Scheme == keys.SchemeGenerations {
			if originals[t.Name], err = run.snapshot.Keys(ctx, extent, t.KeyColumn); err != nil {
				return nil, fmt.Errorf("table %s: reading its keys: %w", t.Name, err)
			}
			run.bound.scopes[t.Name] = numbers{originals[t.Name]}
		} else if run.plan.scoped(t.Name) {
			set := newKeySet(run.Secret)
			if err := eachKey(ctx, run.snapshot, extent, t.KeyColumn, set.add); err != nil {
				return nil, fmt.Errorf("table %s: reading its keys: %w", t.Name, err)
			}
			set.freeze()
			run.bound.scopes[t.Name] = set
		}
		if err := run.readGlobals(ctx, run.snapshot, t, extent); err != nil {
			return nil, fmt.Errorf("table %s: reading the keys of its global rows: %w", t.Name, err)
		}
	}
	return originals, nil
}

// readGlobals reads the keys of a table's rows of no tenant.
func (run *run) readGlobals(ctx context.Context, from Snapshot, t *TablePlan, extent Extent) error {
	if !t.Globals {
		return nil
	}
	extent.Tenant = ""
	if t.Scheme == keys.SchemeGenerations {
		set, err := from.Keys(ctx, extent, t.KeyColumn)
		run.bound.globals[t.Name] = numbers{set}
		return err
	}
	set := newKeySet(run.Secret)
	err := eachKey(ctx, from, extent, t.KeyColumn, func(key []byte) {
		set.add(key)
		run.globals[t.Name] = append(run.globals[t.Name], slices.Clone(key))
	})
	set.freeze()
	run.bound.globals[t.Name] = set
	return err
}

// eachKey calls do with each value of a column over the rows of an extent. NULLs are left out.
func eachKey(ctx context.Context, from rowReader, extent Extent, column string, do func(key []byte)) error {
	extent.Only = []string{column}
	batch := schema.NewBatch(1, 0)
	return readAll(ctx, from, extent, batch, func() error {
		for i := range batch.Len() {
			if cell := batch.Row(i).Cell(0); !cell.IsNull() {
				do(cell.Bytes)
			}
		}
		return nil
	})
}

// reserve makes the key mappings. It returns the number of new keys by table.
func (run *run) reserve(ctx context.Context, originals map[string]*keys.Set, candidates map[string][][]byte) (map[string]int64, error) {
	fresh := map[string]int64{}
	for i := range run.plan.Tables {
		t := &run.plan.Tables[i]
		if t.Disposition != Copy || t.KeyColumn == "" {
			continue
		}
		if t.Scheme != keys.SchemeGenerations {
			var retired [][]byte
			var err error
			if t.Scheme == keys.SchemeUUID && run.plan.Keys == SharedKeys {
				if retired, err = run.stage.Retire(ctx, run.plan.target(t), t.KeyColumn, candidates[t.Name]); err != nil {
					return nil, fmt.Errorf("table %s: looking for keys that others hold: %w", t.Name, err)
				}
			}
			mapping, err := run.plan.mapping(t, run.Secret, run.globals[t.Name], retired)
			if err != nil {
				return nil, fmt.Errorf("table %s: %w", t.Name, err)
			}
			run.bound.mappings[t.Name] = mapping
			continue
		}
		mapping, added, err := run.stage.Reserve(ctx, run.plan.target(t), t.KeyColumn, originals[t.Name])
		if err != nil {
			return nil, fmt.Errorf("table %s: reserving keys: %w", t.Name, err)
		}
		if missing := mapping.Missing(originals[t.Name]).Len(); missing > 0 {
			return nil, fmt.Errorf("table %s: %d rows got no key", t.Name, missing)
		}
		run.bound.mappings[t.Name], fresh[t.Name] = mapping, added
	}
	return fresh, nil
}
