package refresh

import (
	"context"
	"fmt"

	"github.com/retenant/retenant/tenancy"
)

// survey counts the rows that the plan is about into its annex: those to come, and those in the target that go or stay.
func (r *Runner) survey(ctx context.Context, p *Plan) error {
	var err error
	if p.Annex.Rows, err = counted(ctx, r.Source, p, p.Source, p.source); err != nil {
		return fmt.Errorf("source %s: %w", p.Source, err)
	}
	if err := r.assignedKeys(ctx, p); err != nil {
		return err
	}
	if p.Annex.Create {
		return nil
	}
	if p.Rebuild {
		return nil // the target's own tables may look otherwise than the plan's
	}
	if p.Annex.TargetRows, err = counted(ctx, r.Target, p, p.Target, p.target); err != nil {
		return fmt.Errorf("target %s: %w", p.Target, err)
	}
	return nil
}

func counted(ctx context.Context, from Source, p *Plan, tenant tenancy.ID, extent func(*TablePlan) Extent) (rows map[string]int64, err error) {
	snapshot, err := from.Snapshot(ctx, tenant)
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	rows = map[string]int64{}
	for i := range p.Tables {
		t := &p.Tables[i]
		if t.Disposition == Untouched {
			continue
		}
		if rows[t.Name], err = snapshot.Count(ctx, extent(t)); err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	return rows, nil
}
