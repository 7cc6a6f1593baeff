package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/term"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
)

// minPrefix is how many digits of a plan's hash have to be written at least.
const minPrefix = 12

// ask makes the plan, has it agreed to, and keeps the refresh that was asked for. The caller closes the sides.
func (a *app) ask(ctx context.Context, s *state, f *requestFlags, request refresh.Request, j job, secret masking.Secret) (refresh.RunID, *refresh.Runner, *sides, error) {
	runner, opened, err := a.runner(ctx, s, request.Source, request.Target, j, secret)
	if err != nil {
		return "", nil, nil, err
	}
	id, err := a.agreed(ctx, s, f, request, j, runner, opened)
	if err != nil {
		opened.Close()
		return "", nil, nil, err
	}
	return id, runner, opened, nil
}

func (a *app) agreed(ctx context.Context, s *state, f *requestFlags, request refresh.Request, j job, runner *refresh.Runner, opened *sides) (refresh.RunID, error) {
	if err := s.admit(ctx, request); err != nil {
		return "", err
	}
	if err := s.idle(ctx, request.Target); err != nil {
		return "", err
	}
	plan, err := runner.Plan(ctx, request)
	if err != nil {
		return "", j.file.locate(err)
	}
	if err := a.agree(ctx, plan, f); err != nil {
		return "", err
	}
	// Again, for a person may have looked at the plan for long.
	if err := checkFiles(ctx, s, pair{request.Source, request.Target, opened.from, opened.to}, j.rules); err != nil {
		return "", err
	}
	j.source, j.target = opened.from.url, opened.to.url
	id, err := a.request(ctx, s, request, j, plan)
	if err != nil && id != "" {
		err = s.withdraw(ctx, id, err)
	}
	return id, err
}

// agree takes the plan by its hash, or asks.
func (a *app) agree(ctx context.Context, plan *refresh.Plan, f *requestFlags) error {
	losses := &plan.Annex.Losses
	if hash := f.hash; hash != "" {
		if hash = strings.TrimSuffix(strings.ToLower(hash), "…"); len(hash) < minPrefix {
			return fmt.Errorf("%w: --plan %s is too short; write at least %d digits of the hash", errRefused, hash, minPrefix)
		}
		if !strings.HasPrefix(plan.Hash, hash) {
			return fmt.Errorf("%w: it is %s now, and --plan says %s; look at it again: tenantctl plan", refresh.ErrPlanChanged, plan.Hash, hash)
		}
		switch lost := losses.Lost(); {
		case !losses.Counted && f.lose >= 0:
			return fmt.Errorf("%w: --lose %d bounds what the target may lose, and that is not counted: %s; write --secret-file and look at the plan again, or leave --lose out", errRefused, f.lose, losses.Why)
		case !losses.Counted:
			fmt.Fprintf(a.err, "warning: what tenant %s will lose is not counted, and not bounded: %s\n", plan.Target, losses.Why)
		case f.lose >= 0 && lost > f.lose:
			return fmt.Errorf("%w: %d rows, and --lose says %d; look at it again: tenantctl plan", refresh.ErrMoreLost, lost, f.lose)
		}
		return nil
	}
	if !term.IsTerminal(int(a.stdin.Fd())) {
		return fmt.Errorf("%w: nobody can be asked here; look at the plan, then write --plan %s", errRefused, plan.Hash)
	}
	fmt.Fprintf(a.err, "%s\nReplace all rows of %s by plan %.12s? (y/N) ", plan, plan.Target, plan.Hash)
	answer, err := a.answer(ctx)
	if err != nil {
		return fmt.Errorf("%w: no answer: nothing was changed", errRefused)
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return fmt.Errorf("%w: nothing was changed", errRefused)
	}
	return nil
}

// answer reads a line that a person writes, and does not wait for it when ctx has ended.
func (a *app) answer(ctx context.Context) (string, error) {
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1)
	go func() {
		text, err := bufio.NewReader(a.stdin).ReadString('\n')
		read <- line{text, err}
	}()
	select {
	case l := <-read:
		return l.text, l.err
	case <-ctx.Done():
		fmt.Fprintln(a.err)
		return "", ctx.Err()
	}
}

// request keeps by what the refresh is made, and then the refresh itself, so that it can be resumed from the first moment on. With an error, the ID tells
// whether there is a refresh.
func (a *app) request(ctx context.Context, s *state, request refresh.Request, j job, plan *refresh.Plan) (refresh.RunID, error) {
	made, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	id, desk := refresh.RunID(made.String()), s.desk()
	if desk.Policy, err = s.policy(ctx); err != nil {
		return "", err
	}
	desk.NewID = func() refresh.RunID { return id }
	if err := s.setJob(ctx, id, j); err != nil {
		return "", err
	}
	admitted, err := desk.Request(ctx, request)
	if err != nil {
		return "", err
	}
	for _, warning := range admitted.Warnings {
		fmt.Fprintln(a.err, "warning:", warning)
	}
	return id, desk.Acknowledge(ctx, id, plan)
}
