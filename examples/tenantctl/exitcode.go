package main

import (
	"errors"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// The exit codes. What each means for a command is told by exitCodes alone.
const (
	exitDone    = 0
	exitError   = 1
	exitRefused = 2
	exitDiffers = 3
)

// exitCodes is the help on exit codes.
const exitCodes = `0  done; nothing is wrong; no difference
1  an error: it was not done, or not all of it; what was begun is told, with what to do next
2  refused: nothing was changed, and what to write instead is told
3  verify alone: the target differs from its receipt

check has 2 where anything is wrong with the rules, the database or the plan, and 1 where it could not find out.
diff is like diff(1): 0 no difference, 1 a difference, 2 trouble, whatever it is.
`

// Errors that have an exit code of their own.
var (
	errRefused = errors.New("refused")
	errDiffers = errors.New("the target differs from its receipt")
)

// errShown is joined to an error that has been told already.
var errShown = errors.New("shown")

// codeError gives an error the code that its command has for it.
type codeError struct {
	error
	code int
}

// Unwrap returns the error.
func (e codeError) Unwrap() error { return e.error }

func exitCode(err error) int {
	var problems masking.Problems
	var step *refresh.StepError
	var coded codeError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &step):
		return exitError // a run that had begun, whatever the cause
	case errors.Is(err, errDiffers):
		return exitDiffers
	case errors.Is(err, errRefused), errors.Is(err, refresh.ErrRefusedPlan), errors.Is(err, refresh.ErrRefusedRequest), errors.Is(err, refresh.ErrPlanChanged), errors.Is(err, refresh.ErrMoreLost),
		errors.Is(err, refresh.ErrTooEarly), errors.Is(err, tenancy.ErrProduction), errors.Is(err, tenancy.ErrSameTenant), errors.As(err, &problems):
		return exitRefused
	default:
		return exitError
	}
}
