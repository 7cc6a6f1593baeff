package refresh

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// agreed returns nil if the plan, counted again, loses no more than was agreed to and is tolerated.
func (run *run) agreed(plan *Plan) error {
	if run.refresh.Losses == nil || run.refresh.State != Admitted {
		return nil // not counted when it was agreed to; or the target is closed already
	}
	now := plan.Annex.Losses
	if !now.Counted {
		return fmt.Errorf("%w: what will be lost was counted when the plan was agreed to, and cannot be now: %s", ErrMoreLost, now.Why)
	}
	var more []string
	for _, t := range now.Tables {
		if was, lost := run.refresh.Losses[t.Table], t.Lost(); !plan.Tolerance.allows(was, lost) {
			more = append(more, fmt.Sprintf("%s: %d rows, and %d were agreed to", t.Table, lost, was))
		}
	}
	if len(more) > 0 {
		return fmt.Errorf("%w: %s; look at the plan again, then acknowledge it, or allow for more by Profile.Tolerance", ErrMoreLost, strings.Join(more, "; "))
	}
	run.refresh.Losses = now.byTable()
	return nil
}

// lateRows tells of rows that came or went between the count of what is lost and the close. It looks at row counts alone, which is cheap: a changed row in that
// time goes unseen.
func (run *run) lateRows(ctx context.Context) error {
	counted := run.plan.Annex.Losses
	if !counted.Counted || len(counted.Tables) == 0 {
		return nil
	}
	snapshot, err := run.Target.Snapshot(ctx, run.target.ID)
	if err != nil {
		return fmt.Errorf("target %s: %w", run.target.ID, err)
	}
	defer snapshot.Close()
	for _, t := range counted.Tables {
		rows, err := snapshot.Count(ctx, run.plan.lossy[t.Table])
		if err != nil {
			return fmt.Errorf("target %s: table %s: %w", run.target.ID, t.Table, err)
		}
		if rows != t.Rows {
			warning := fmt.Sprintf("%s: it held %d rows when what will be lost was counted, and %d when the target was closed", t.Table, t.Rows, rows)
			run.refresh.Warnings = append(slices.Clip(run.refresh.Warnings), warning)
			run.progress.warn(warning)
		}
	}
	return nil
}
