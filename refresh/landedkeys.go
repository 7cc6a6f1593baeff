package refresh

import (
	"context"
	"fmt"
	"slices"

	"github.com/retenant/retenant/keys"
)

// candidates returns, by table, the keys that UUIDs of the source would get and that no row of the target has: of a target that was refreshed before, these
// are of new rows, and of copies that a host took out or gave to another tenant. A key of the latter kind must not be used again.
func (run *run) candidates(ctx context.Context) (found map[string][][]byte, err error) {
	found = map[string][][]byte{}
	if run.plan.Keys != SharedKeys || !slices.ContainsFunc(run.plan.Tables, func(t TablePlan) bool { return t.Scheme == keys.SchemeUUID }) {
		return found, nil
	}
	target, err := run.Target.Snapshot(ctx, run.target.ID)
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", run.target.ID, err)
	}
	defer target.Close()
	landed, err := target.Landed(ctx)
	if err != nil || !landed { // no copy of it can be elsewhere
		return found, err
	}
	retired, err := target.Retired(ctx, run.source.ID)
	if err != nil {
		return nil, fmt.Errorf("target %s: %w", run.target.ID, err)
	}
	for i := range run.plan.Tables {
		t := &run.plan.Tables[i]
		if t.Disposition != Copy || t.Scheme != keys.SchemeUUID {
			continue
		}
		mapping, err := run.plan.mapping(t, run.Secret, run.globals[t.Name], retired[t.Name])
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
		there := newKeySet(run.Secret)
		if err := eachKey(ctx, target, run.plan.target(t), t.KeyColumn, there.add); err != nil {
			return nil, fmt.Errorf("target %s: table %s: reading its keys: %w", run.target.ID, t.Name, err)
		}
		there.freeze()
		var room []byte
		err = eachKey(ctx, run.snapshot, run.plan.source(t), t.KeyColumn, func(key []byte) {
			if made, ok := mapping.Map(room[:0], key); ok {
				if room = made; !there.has(made) {
					found[t.Name] = append(found[t.Name], slices.Clone(made))
				}
			}
		})
		if err != nil {
			return nil, fmt.Errorf("source %s: table %s: reading its keys: %w", run.source.ID, t.Name, err)
		}
	}
	return found, nil
}

// landedMappings makes the mappings of a copy again, from what stands in the target.
func (run *run) landedMappings(ctx context.Context) error {
	generations, err := run.snapshot.Mappings(ctx, run.plan.Source)
	if err != nil {
		return err
	}
	retired, err := run.snapshot.Retired(ctx, run.plan.Source)
	if err != nil {
		return err
	}
	run.bound = bindings{mappings: map[string]keys.Mapping{}, scopes: map[string]members{}, globals: map[string]members{}}
	run.globals = map[string][][]byte{}
	for i := range run.plan.Tables {
		t := &run.plan.Tables[i]
		switch {
		case t.Disposition != Copy || t.KeyColumn == "":
			continue
		case t.Scheme == keys.SchemeGenerations:
			run.bound.mappings[t.Name] = generations[t.Name]
			continue
		}
		if err := run.readGlobals(ctx, run.snapshot, t, run.plan.target(t)); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		mapping, err := run.plan.mapping(t, run.Secret, run.globals[t.Name], retired[t.Name])
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		run.bound.mappings[t.Name] = mapping
		if !run.plan.scoped(t.Name) || t.Scheme == keys.SchemeSame {
			continue
		}
		set := newKeySet(run.Secret)
		var room []byte
		err = eachKey(ctx, run.snapshot, run.plan.target(t), t.KeyColumn, func(key []byte) {
			if original, ok := mapping.Invert(room[:0], key); ok {
				room = original
				set.add(original)
			}
		})
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		set.freeze()
		run.bound.scopes[t.Name] = set
	}
	return nil
}
