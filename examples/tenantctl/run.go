package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// now is the clock of all commands.
var now = time.Now

// requestFlags say, beside what the plan has, what is asked for.
type requestFlags struct {
	planFlags
	hash, purpose, by string
	lose              int64
	outage            outageFlags
	secret            secretFlags
}

func (f *requestFlags) add(flags *pflag.FlagSet) {
	f.planFlags.add(flags)
	flags.StringVar(&f.hash, "plan", "", fmt.Sprintf("the hash of the plan that is agreed to, or its first %d digits or more", minPrefix))
	flags.Int64Var(&f.lose, "lose", -1, "with --plan, how many rows of the target may be lost at most; refused where that is not counted; -1 is as many as the plan counts now")
	flags.StringVar(&f.purpose, "purpose", "", fmt.Sprintf("why: %s or %s; any other is admitted with a warning", refresh.Develop, refresh.Troubleshoot))
	flags.StringVar(&f.by, "by", "", "who asks (default: the user of this process)")
	f.outage.add(flags)
	f.secret.add(flags)
}

// check refuses flags that would have no effect.
func (f *requestFlags) check() error {
	switch {
	case f.lose < -1:
		return fmt.Errorf("%w: --lose %d is no number of rows; write 0 or more, or leave it out", errRefused, f.lose)
	case f.lose >= 0 && f.hash == "":
		return fmt.Errorf("%w: --lose bounds what a plan that is agreed to may lose; write --plan too, or leave it out", errRefused)
	}
	return nil
}

// request is what the flags ask for.
func (f *requestFlags) request() (refresh.Request, error) {
	r := f.planFlags.request()
	r.Purpose, r.By = refresh.Purpose(f.purpose), cmp.Or(f.by, currentUser())
	var err error
	r.From, r.Until, err = f.outage.times()
	return r, err
}

// runFlags are those of run beside what a request has.
type runFlags struct {
	requestFlags
	receipt, resume string
	lease, grace    time.Duration
}

// minLease is how long a lease has to be to be renewed in time.
const minLease = time.Second

// check refuses what could not be run by, before anything is kept.
func (f *runFlags) check(flags *pflag.FlagSet) error {
	switch {
	case flags.Changed("lease") && f.lease < minLease:
		return fmt.Errorf("%w: --lease %s is too short to be renewed; write %s or more", errRefused, f.lease, minLease)
	case flags.Changed("grace") && f.grace <= 0:
		return fmt.Errorf("%w: --grace %s is no time to wait; write more than 0s", errRefused, f.grace)
	}
	return f.requestFlags.check()
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use: "run", Short: "Replace a tenant by a masked copy of another",
		Long: `Shows the plan, asks whether to go on or takes the plan's hash by --plan, and replaces the target. The target is closed meanwhile, and either replaced as
a whole or as it was before. Afterwards it is quiet: communications, callouts and scheduled workflows are off.

With --outage-until, the target stays closed until then although it is ready, and is opened by running once more with --resume.

A run that was interrupted is resumed with --resume, by the rules and the profile it was begun with, or ended with tenantctl abandon.`,
		Example: lines("tenantctl run --from prod --to sandbox --rules rules.yaml --purpose develop --secret-file secret.key",
			"tenantctl run --from prod --to sandbox --rules rules.yaml --purpose develop --secret-file secret.key --plan $HASH --receipt receipt.json",
			"tenantctl run --resume $ID --secret-file secret.key"),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(c.Flags()); err != nil {
				return err
			}
			return a.run(c.Context(), &f)
		},
	}
	f.add(c.Flags())
	c.Flags().StringVar(&f.receipt, "receipt", "", "new file to write the receipt to, as JSON; it is made before the run, and one that exists is refused")
	c.Flags().StringVar(&f.resume, "resume", "", "refresh to resume, by its ID")
	c.Flags().DurationVar(&f.lease, "lease", 0, "how long another process waits for this one if it dies (default 1m)")
	c.Flags().DurationVar(&f.grace, "grace", 0, "how long transactions that are open on the target may take to end (default 30s)")
	for _, name := range []string{"from", "to", "rules", "profile", "keep", "empty", "audience", "purpose", "by", "unmasked-by", "reason", "outage-from", "outage-until"} {
		c.MarkFlagsMutuallyExclusive("resume", name)
	}
	a.completePlan(c)
	completeWords(c, "purpose", string(refresh.Develop), string(refresh.Troubleshoot))
	_ = c.RegisterFlagCompletionFunc("resume", a.refreshArgument)
	return c
}

func (a *app) run(ctx context.Context, f *runFlags) error {
	request, err := f.request()
	if err != nil {
		return err
	}
	if request.From.After(now()) {
		return fmt.Errorf("%w: the outage begins at %s; ask for it now by tenantctl request, and run it then", errRefused, instant(request.From))
	}
	secret, err := a.readSecret(ctx, f.secret)
	if err != nil {
		return err
	}
	var j job
	if f.resume == "" {
		if j, err = f.job(ctx); err != nil {
			return err
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
	if err := s.free(ctx, request.Target, ""); err != nil {
		return err
	}
	id, runner, opened, err := a.ask(ctx, s, &f.requestFlags, request, j, secret)
	if err != nil {
		return err
	}
	defer opened.Close()
	runner.Lease, runner.Grace = f.lease, f.grace
	done, err := a.execute(ctx, runner, id, file)
	switch {
	case err == nil:
		return nil
	case s.unbegun(ctx, request.Target, id, done.State): // whatever the cause: what nobody has begun, nobody is to resume by chance
		return s.withdraw(ctx, id, j.file.locate(err))
	}
	return &runError{err: j.file.locate(err), id: id, state: done.State, advice: advice(id, done.State)}
}

// unbegun tells whether a run ended before it closed its target. Where that cannot be told, it counts as begun.
func (s *state) unbegun(ctx context.Context, target tenancy.ID, id refresh.RunID, reached refresh.State) bool {
	if reached != "" && reached != refresh.Admitted {
		return false
	}
	tenant, err := s.directory.Tenant(context.WithoutCancel(ctx), target)
	return err == nil && (tenant.Outage == nil || tenant.Outage.Run != string(id))
}

// withdraw takes back a refresh that was made for a run which never began, and tells so beside the cause.
func (s *state) withdraw(ctx context.Context, id refresh.RunID, cause error) error {
	ctx = context.WithoutCancel(ctx)
	err := s.desk().Cancel(ctx, id)
	known, errRead := s.store.Refresh(ctx, id)
	if err := errors.Join(err, errRead); err != nil {
		return fmt.Errorf("%w\nRefresh %s, which was made for this run, could not be withdrawn: %w", cause, id, err)
	}
	if known.State == refresh.Cancelled {
		return fmt.Errorf("%w\nThe target's rows are as they were. Refresh %s, which was made for this run, is withdrawn", cause, id)
	}
	return fmt.Errorf("%w\nRefresh %s, which was made for this run, is not run; withdraw it when the other run has ended: tenantctl cancel %s", cause, id, id)
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
	runner.Lease, runner.Grace = f.lease, f.grace
	if known.State == refresh.Admitted {
		if err := s.free(ctx, known.Request.Target, id); err != nil {
			return err
		}
	}
	if f.hash != "" && (known.State == refresh.Admitted || known.State == refresh.Running) {
		plan, err := runner.Plan(ctx, known.Request)
		if err != nil {
			return j.file.locate(err)
		}
		if err := a.agree(ctx, plan, &f.requestFlags); err != nil {
			return err
		}
		if err := s.desk().Acknowledge(ctx, id, plan); err != nil {
			return err
		}
	}
	done, err := a.execute(ctx, runner, id, file)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, refresh.ErrHeld):
		return held(err, known)
	}
	return &runError{err: j.file.locate(err), id: id, state: done.State, advice: advice(id, done.State)}
}

// held tells of a refresh that another runner is at work on.
func held(err error, r refresh.Refresh) error {
	return &runError{err: err, id: r.ID, state: r.State, advice: fmt.Sprintf("tenantctl cancel %s asks it to end. If its process has died, it is forgotten after about a minute: try again then", r.ID)}
}

// execute runs a refresh and prints its receipt.
func (a *app) execute(ctx context.Context, runner *refresh.Runner, id refresh.RunID, file *receiptFile) (refresh.Refresh, error) {
	fmt.Fprintln(a.err, "refresh", id)
	done, err := runner.Run(ctx, id)
	if err != nil {
		return done, err
	}
	if done.State == refresh.Settled {
		return done, a.waiting(done)
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
