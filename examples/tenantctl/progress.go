package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/retenant/retenant/refresh"
)

// progress shows on standard error how a run gets on: as a bar on a terminal, else as a line for each step.
func (a *app) progress() func(refresh.Event) {
	if screen, ok := a.err.(visible); ok && screen.terminal {
		return a.bar(screen.to)
	}
	return func(e refresh.Event) {
		switch e.Kind {
		case refresh.StepFinished:
			if e.All.Done > 0 {
				fmt.Fprintf(a.err, "  %-8s %d rows\n", e.Step, e.All.Done)
			} else {
				fmt.Fprintf(a.err, "  %s\n", e.Step)
			}
		case refresh.Warned:
			fmt.Fprintf(a.err, "  warning: %s\n", e.Message)
		case refresh.Stalled:
			fmt.Fprintf(a.err, "  %s stalls: no rows since a minute, table %s\n", e.Step, e.Table)
		}
	}
}

func (a *app) bar(screen io.Writer) func(refresh.Event) {
	var bar *progressbar.ProgressBar
	return func(e refresh.Event) {
		switch e.Kind {
		case refresh.Progressed:
			if bar == nil {
				bar = progressbar.NewOptions64(max(e.All.Of, 1), progressbar.OptionSetWriter(screen), progressbar.OptionSetWidth(30), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond))
			}
			bar.Describe(fmt.Sprintf("  %-8s %-20.20s", e.Step, cell(e.Table)))
			bar.ChangeMax64(max(e.All.Of, 1))
			_ = bar.Set64(e.All.Done)
		case refresh.StepFinished:
			if bar == nil {
				fmt.Fprintf(a.err, "  %s\n", e.Step)
				return
			}
			_ = bar.Finish()
			bar = nil
			fmt.Fprintln(a.err)
		case refresh.Warned:
			fmt.Fprintf(a.err, "\n  warning: %s\n", e.Message)
		}
	}
}
