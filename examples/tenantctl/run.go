package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// now is the clock of all commands.
var now = time.Now

// minPrefix is how many digits of a plan's hash have to be written at least.
const minPrefix = 12

// runFlags are those of run beside what the plan has.
type runFlags struct {
	planFlags
	hash, purpose, by, receipt, resume string
	secret                             secretFlags
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use: "run", Short: "Replace a tenant by a masked copy of another",
		Long: `Shows the plan, asks whether to go on or takes the plan's hash by --plan, and replaces the target. The target is closed meanwhile, and either replaced as
a whole or as it was before. Afterwards it is quiet: communications, callouts and scheduled workflows are off.

A run that was interrupted is resumed with --resume, by the rules and the profile it was begun with, or ended with tenantctl abandon.`,
		Example: lines("tenantctl run --from prod --to sandbox --rules rules.yaml --purpose develop --secret-file secret.key",
			"tenantctl run --from prod --to sandbox --rules rules.yaml --purpose develop --secret-file secret.key --plan 3f2a9c… --receipt receipt.json",
			"tenantctl run --resume 0199… --secret-file secret.key"),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.run(c.Context(), &f) },
	}
	f.add(c.Flags())
	c.Flags().StringVar(&f.hash, "plan", "", fmt.Sprintf("the hash of the plan that is agreed to, or its first %d digits or more", minPrefix))
	c.Flags().StringVar(&f.purpose, "purpose", "", fmt.Sprintf("why: %s or %s; any other is admitted with a warning", refresh.Develop, refresh.Troubleshoot))
	c.Flags().StringVar(&f.by, "by", "", "who asks (default: the user of this process)")
	c.Flags().StringVar(&f.receipt, "receipt", "", "new file to write the receipt to, as JSON; it is made before the run, and one that exists is refused")
	c.Flags().StringVar(&f.resume, "resume", "", "refresh to resume, by its ID")
	f.secret.add(c.Flags())
	for _, name := range []string{"from", "to", "rules", "keep", "empty", "audience", "purpose", "by"} {
		c.MarkFlagsMutuallyExclusive("resume", name)
	}
	return c
}

func (a *app) run(ctx context.Context, f *runFlags) error {
	secret, err := a.readSecret(f.secret)
	if err != nil {
		return err
	}
	var j job
	if f.resume == "" {
		if j, err = f.job(); err != nil {
			return a.refusedPlan(err)
		}
	}
	s, err := a.openState(ctx, writeState)
	if err != nil {
		return err
	}
	defer s.Close()
	file, err := newReceiptFile(f.receipt)
	if err != nil {
		return err
	}
	defer file.discard()
	if f.resume != "" {
		return a.resume(ctx, s, f, secret, file)
	}
	request := refresh.Request{Source: tenancy.ID(f.from), Target: tenancy.ID(f.to), Purpose: refresh.Purpose(f.purpose), By: cmp.Or(f.by, currentUser())}
	runner, opened, err := a.runner(ctx, s, request.Source, request.Target, j, secret)
	if err != nil {
		return a.refusedPlan(err)
	}
	defer opened.Close()
	plan, err := runner.Plan(ctx, request)
	if err != nil {
		return a.refusedPlan(err)
	}
	if err := a.agree(plan, f.hash); err != nil {
		return err
	}
	// Again, for a person may have looked at the plan for long.
	if err := checkFiles(ctx, s, pair{request.Source, request.Target, opened.from, opened.to}, j.rules); err != nil {
		return err
	}
	j.source, j.target = opened.from.url, opened.to.url
	id, err := a.request(ctx, s, request, j, plan.Hash)
	if err != nil {
		if id == "" {
			return err
		}
		return s.withdraw(ctx, id, err)
	}
	done, err := a.execute(ctx, runner, id, file)
	switch {
	case err == nil:
		return nil
	case unbegun(err):
		return s.withdraw(ctx, id, err)
	}
	return fmt.Errorf("%w\n%s", err, advice(id, done.State))
}

// unbegun tells whether a run was refused before its first step, because of another runner or for good.
func unbegun(err error) bool {
	var step *refresh.StepError
	return !errors.As(err, &step) && (errors.Is(err, refresh.ErrHeld) || exitCode(err) == exitRefused)
}

// withdraw takes back a refresh that was made for a run which was refused before it began, and tells so beside the cause.
func (s *state) withdraw(ctx context.Context, id refresh.RunID, cause error) error {
	ctx = context.WithoutCancel(ctx)
	err := s.desk().Cancel(ctx, id)
	known, errRead := s.store.Refresh(ctx, id)
	if err := errors.Join(err, errRead); err != nil {
		return fmt.Errorf("%w\nRefresh %s, which was made for this run, could not be withdrawn: %w", cause, id, err)
	}
	if known.State == refresh.Cancelled {
		return fmt.Errorf("%w\nRefresh %s, which was made for this run, is withdrawn", cause, id)
	}
	return fmt.Errorf("%w\nRefresh %s, which was made for this run, is not run; withdraw it when the other run has ended: tenantctl cancel %s", cause, id, id)
}

// request keeps by what the refresh is made, and then the refresh itself, so that it can be resumed from the first moment on. With an error, the ID tells
// whether there is a refresh.
func (a *app) request(ctx context.Context, s *state, request refresh.Request, j job, plan string) (refresh.RunID, error) {
	made, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	id, desk := refresh.RunID(made.String()), s.desk()
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

// agree takes the plan by its hash, or asks.
func (a *app) agree(plan *refresh.Plan, hash string) error {
	if hash != "" {
		if hash = strings.TrimSuffix(strings.ToLower(hash), "…"); len(hash) < minPrefix {
			return fmt.Errorf("%w: --plan %s is too short; write at least %d digits of the hash", errRefused, hash, minPrefix)
		}
		if !strings.HasPrefix(plan.Hash, hash) {
			return fmt.Errorf("%w: it is %s now, and --plan says %s; look at it again: tenantctl plan", refresh.ErrPlanChanged, plan.Hash, hash)
		}
		return nil
	}
	if !term.IsTerminal(int(a.stdin.Fd())) {
		return fmt.Errorf("%w: nobody can be asked here; look at the plan, then write --plan %s", errRefused, plan.Hash)
	}
	fmt.Fprintf(a.err, "%s\nReplace all rows of %s by plan %.12s? (y/N) ", plan, plan.Target, plan.Hash)
	answer, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil {
		return fmt.Errorf("%w: no answer", errRefused)
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return fmt.Errorf("%w: nothing was changed", errRefused)
	}
	return nil
}

// resume goes on with a refresh by the rules that it was begun with. With --plan, another plan is agreed to first.
func (a *app) resume(ctx context.Context, s *state, f *runFlags, secret masking.Secret, file *receiptFile) error {
	id := refresh.RunID(f.resume)
	known, err := s.store.Refresh(ctx, id)
	if err != nil {
		return err
	}
	j, err := s.job(ctx, id)
	if err != nil {
		return err
	}
	if err := s.checkMoved(ctx, known, j); err != nil {
		return err
	}
	runner, opened, err := a.runner(ctx, s, known.Request.Source, known.Request.Target, j, secret)
	if err != nil {
		return err
	}
	defer opened.Close()
	if f.hash != "" && (known.State == refresh.Admitted || known.State == refresh.Running) {
		plan, err := runner.Plan(ctx, known.Request)
		if err != nil {
			return a.refusedPlan(err)
		}
		if err := a.agree(plan, f.hash); err != nil {
			return err
		}
		if err := s.desk().Acknowledge(ctx, id, plan.Hash); err != nil {
			return err
		}
	}
	done, err := a.execute(ctx, runner, id, file)
	switch {
	case err == nil:
		return nil
	case unbegun(err) && errors.Is(err, refresh.ErrHeld):
		return fmt.Errorf("%w\nIf its process has died, it is forgotten after about a minute: try again then", err)
	}
	return fmt.Errorf("%w\n%s", err, advice(id, done.State))
}

// execute runs a refresh and prints its receipt.
func (a *app) execute(ctx context.Context, runner *refresh.Runner, id refresh.RunID, file *receiptFile) (refresh.Refresh, error) {
	fmt.Fprintln(a.err, "refresh", id)
	done, err := runner.Run(ctx, id)
	if err != nil {
		return done, err
	}
	if done.Receipt == nil {
		return done, fmt.Errorf("refresh %s is %s and has no receipt", id, done.State)
	}
	if err := file.write(done.Receipt); err != nil {
		return done, err
	}
	if a.json {
		return done, a.printJSON(done.Receipt)
	}
	_, err = fmt.Fprint(a.out, done.Receipt)
	return done, err
}

// advice tells after a failure what holds, and how to go on.
func advice(id refresh.RunID, state refresh.State) string {
	switch state {
	case refresh.Committed, refresh.Settled:
		return fmt.Sprintf("The target is replaced, and closed until the rest is done: tenantctl run --resume %s", id)
	case refresh.Admitted, refresh.Running:
		return fmt.Sprintf("The target's rows are as they were. Go on: tenantctl run --resume %s; or end it: tenantctl abandon %s", id, id)
	}
	return fmt.Sprintf("See tenantctl status %s", id)
}

func currentUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// sortNewestFirst brings refreshes into the order of their admission.
func sortNewestFirst(list []refresh.Refresh) {
	slices.SortStableFunc(list, func(a, b refresh.Refresh) int { return b.Admitted.Compare(a.Admitted) })
}
