package refresh

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of requests and plans: nothing has been touched.
var (
	// ErrRefusedRequest is matched by every error of [Policy.Admit].
	ErrRefusedRequest = errors.New("request refused")
	// ErrRefusedPlan is matched by [Problems].
	ErrRefusedPlan = errors.New("plan refused")
	// ErrNotAcknowledged says that nobody has agreed to the plan yet.
	ErrNotAcknowledged = errors.New("plan is not acknowledged")
	// ErrPlanChanged says that the plan is not the one that was agreed to: the schema, the rules, the profile or settings that are to be
	// copied changed in between. Where settings changed just before the outage, it comes from the step note, with the target closed.
	ErrPlanChanged = errors.New("plan differs from the acknowledged one")
	// ErrMoreLost says that the target has more to lose than was agreed to: people worked there since the plan was acknowledged (N6). Where they did so just
	// before the outage, it comes from the step note, with the target closed.
	ErrMoreLost = errors.New("more would be lost than was agreed to")
)

// Errors of runs. The target is as it was, or completely replaced; the refresh tells which.
var (
	// ErrFenced says that another runner has taken over.
	ErrFenced = errors.New("fenced: another runner has taken over")
	// ErrHeld says that another runner is at work on the target.
	ErrHeld = errors.New("another runner is at work on the target")
	// ErrCancelled says that the run was cancelled before its commit.
	ErrCancelled = errors.New("run was cancelled")
	// ErrCommitted says that the run is committed and can no longer be abandoned or cancelled.
	ErrCommitted = errors.New("run is committed")
	// ErrEnded says that the refresh has ended.
	ErrEnded = errors.New("refresh has ended")
	// ErrTooEarly says that the outage has not begun.
	ErrTooEarly = errors.New("outage has not begun")
	// ErrNotDrained says that transactions from before the outage are still open.
	ErrNotDrained = errors.New("transactions from before the outage are still open")
	// ErrNotVerified says that the stage does not hold what was to be written; nothing was committed.
	ErrNotVerified = errors.New("verification failed")
	// ErrNoSnapshot says that the source gives no consistent view.
	ErrNoSnapshot = errors.New("source gives no snapshot")
)

// Errors of the store.
var (
	// ErrExists says that the refresh is already there.
	ErrExists = errors.New("refresh exists")
	// ErrStale says that the refresh was saved by somebody else since it was read.
	ErrStale = errors.New("refresh was changed meanwhile")
	// ErrUnknownRefresh says that there is no such refresh.
	ErrUnknownRefresh = errors.New("refresh is unknown")
	// ErrChain says that another receipt has been sealed in between.
	ErrChain = errors.New("receipt is not chained to the newest one")
)

// StepError says in which step a run failed. The run can be resumed or abandoned.
type StepError struct {
	Run  RunID
	Step string
	Err  error
}

// Error names the run and the step.
func (e *StepError) Error() string { return fmt.Sprintf("run %s, step %s: %v", e.Run, e.Step, e.Err) }

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// FindingsError lists what a verification found. It matches [ErrNotVerified].
type FindingsError struct{ Findings []Finding }

// Error lists the findings, one a line.
func (e *FindingsError) Error() string {
	var b strings.Builder
	b.WriteString(ErrNotVerified.Error())
	for _, f := range e.Findings {
		fmt.Fprintf(&b, "\n  %s: %s", f.Table, f.Message)
	}
	return b.String()
}

// Unwrap returns [ErrNotVerified].
func (e *FindingsError) Unwrap() error { return ErrNotVerified }

// Problem is one reason why a plan is refused.
type Problem struct {
	Line    int    `json:"line,omitempty"` // in the rules file, where the problem has a place there
	Table   string `json:"table,omitempty"`
	Column  string `json:"column,omitempty"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"` // what to write to mend it
}

// String gives the place, the message and the remedy in one line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.Table != "" {
		b.WriteString(p.Table)
		if p.Column != "" {
			b.WriteString("." + p.Column)
		}
		b.WriteString(": ")
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems is all that is wrong with a plan, at once. It matches [ErrRefusedPlan].
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v, %d problem", ErrRefusedPlan, len(p))
	if len(p) != 1 {
		b.WriteByte('s')
	}
	for _, problem := range p {
		b.WriteString("\n  " + problem.String())
	}
	return b.String()
}

// Is matches [ErrRefusedPlan].
func (p Problems) Is(target error) bool { return target == ErrRefusedPlan }
