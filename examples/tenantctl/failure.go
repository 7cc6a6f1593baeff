package main

import (
	"errors"

	"github.com/retenant/retenant/refresh"
)

// failure is an error as JSON.
type failure struct {
	Error    string            `json:"error"`
	ExitCode int               `json:"exit_code"`
	Refused  bool              `json:"refused"`            // nothing was changed
	Problems []placed          `json:"problems,omitempty"` // all of them, where rules or plan are refused
	Findings []refresh.Finding `json:"findings,omitempty"` // where a verification failed
	Refresh  refresh.RunID     `json:"refresh,omitempty"`  // that had begun, or that is in the way
	State    refresh.State     `json:"state,omitempty"`
	Advice   string            `json:"advice,omitempty"` // how to go on
}

// placed is a problem with its place in a rules file.
type placed struct {
	File string `json:"file,omitempty"`
	refresh.Problem
}

// runError is why a run failed or could not begin, with the refresh that matters then.
type runError struct {
	err   error
	id    refresh.RunID
	state refresh.State

	advice string // how to go on
}

// Error gives the cause and how to go on.
func (e *runError) Error() string { return e.err.Error() + "\n" + e.advice }

// Unwrap returns the cause.
func (e *runError) Unwrap() error { return e.err }

func failureOf(err error) failure {
	f := failure{Error: err.Error(), ExitCode: exitCode(err)}
	f.Refused = f.ExitCode == exitRefused
	var run *runError
	if errors.As(err, &run) {
		f.Error, f.Refresh, f.State, f.Advice = run.err.Error(), run.id, run.state, run.advice
	}
	var mistakes *mistakes
	if errors.As(err, &mistakes) {
		f.Error, f.Problems = mistakes.head, mistakes.placed()
	}
	var findings *refresh.FindingsError
	if errors.As(err, &findings) {
		f.Findings = findings.Findings
	}
	return f
}
