package refresh

import (
	"context"
	"fmt"
	"strings"
)

// agreed returns nil if no more is lost than was agreed to and is tolerated. What was agreed to stays as it is until somebody agrees to something else: a run
// that fails and is run again has no more leave than before.
func (run *run) agreed(plan *Plan, now Losses) error {
	if run.refresh.Losses == nil {
		return nil // not counted when it was agreed to
	}
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
	return nil
}

// recount counts what is lost when the target is closed and drained, so that what people did until then is in the number, and holds it against what was
// agreed to. Nothing is written yet: a refusal costs nothing but the outage so far.
func (run *run) recount(ctx context.Context) error {
	counted, err := run.countLosses(ctx, run.plan, run.target)
	if err != nil {
		return err
	}
	if err := run.agreed(run.plan, counted); err != nil {
		return err
	}
	run.lost = counted
	return nil
}
