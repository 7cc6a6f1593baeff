package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// planFlags say what is to be copied where.
type planFlags struct {
	from, to, rules    string
	profile            profileFlags
	unmaskedBy, reason string
}

func (f *planFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.from, "from", "", "the tenant to copy")
	flags.StringVar(&f.to, "to", "", "the tenant to replace")
	flags.StringVar(&f.rules, "rules", "", "rules file, see tenantctl inspect")
	f.profile.add(flags)
	flags.StringVar(&f.unmaskedBy, "unmasked-by", "", "who authorizes a copy without masks, see tenantctl policy; secrets stay withheld")
	flags.StringVar(&f.reason, "reason", "", "why masking is turned off")
}

// job reads the rules and makes the profile.
func (f *planFlags) job(ctx context.Context) (job, error) {
	if f.from == "" || f.to == "" {
		return job{}, errors.New("source and target are missing; write --from TENANT --to TENANT")
	}
	if f.reason != "" && f.unmaskedBy == "" {
		return job{}, errors.New("--reason is why masking is turned off; write --unmasked-by too, or leave it out")
	}
	rules, file, err := readRules(ctx, f.rules)
	if err != nil {
		return job{}, err
	}
	profile, err := f.profile.profile(ctx)
	return job{rules: rules, file: file, profile: profile}, err
}

// request is what the flags ask for.
func (f *planFlags) request() refresh.Request {
	r := refresh.Request{Source: tenancy.ID(f.from), Target: tenancy.ID(f.to)}
	if f.unmaskedBy != "" {
		r.Unmasked = &refresh.OptOut{By: f.unmaskedBy, Reason: f.reason}
	}
	return r
}

// runner opens the databases of both tenants and returns what runs between them. The caller closes the sides.
func (a *app) runner(ctx context.Context, s *state, from, to tenancy.ID, j job, secret masking.Secret) (*refresh.Runner, *sides, error) {
	if err := guard(ctx, s, from, to); err != nil {
		return nil, nil, err
	}
	source, err := s.database(ctx, from)
	if err != nil {
		return nil, nil, err
	}
	target, err := s.database(ctx, to)
	if err != nil {
		return nil, nil, err
	}
	p := pair{from: from, to: to, source: source, target: target}
	if err := checkFiles(ctx, s, p, j.rules); err != nil {
		return nil, nil, err
	}
	opened, err := openSides(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	return &refresh.Runner{Store: s.store, Directory: s.directory, Source: opened.source, Target: opened.target, Rules: j.rules, Profile: j.profile,
		Secret: secret, Now: now, Holder: "tenantctl", Progress: a.progress()}, opened, nil
}

// guard refuses a target before its database is even opened (A4). The runner asks again.
func guard(ctx context.Context, s *state, from, to tenancy.ID) error {
	for _, id := range []tenancy.ID{from, to} {
		tenant, err := s.directory.Tenant(ctx, id)
		if err != nil {
			return fmt.Errorf("%w; see tenantctl tenant list", err)
		}
		if id == to {
			if err := tenant.Guard(from); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) planCommand() *cobra.Command {
	var f planFlags
	var where secretFlags
	var markdown bool
	c := &cobra.Command{
		Use: "plan", Short: "Show what a refresh would do, and change nothing",
		Long: `Compiles the plan of a refresh and prints it: what becomes of each table and each column, and the hash by which tenantctl run takes it. Nothing is
changed, and nothing is closed. With the secret, which is not needed otherwise, it tells what the target will lose: rows that were created or changed there
since its last refresh. Where the plan is refused, everything that is wrong is listed at once, and the exit code is 2.`,
		Example: lines("tenantctl plan --from prod --to sandbox --rules rules.yaml", "tenantctl plan --from prod --to sandbox --rules rules.yaml --keep users --empty audit_log --json",
			"tenantctl plan --from prod --to sandbox --rules rules.yaml --secret-file secret.key --markdown"),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if markdown && a.json {
				return fmt.Errorf("%w: --markdown and --json are two ways to print a plan; write one of them", errRefused)
			}
			secret, err := a.secretIfAny(c.Context(), where)
			if err != nil {
				return err
			}
			plan, by, err := a.plan(c.Context(), &f, secret)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(shownPlan(plan, by))
			}
			if markdown {
				fmt.Fprint(a.out, plan.Markdown())
				return nil
			}
			fmt.Fprint(a.out, plan)
			return nil
		},
	}
	f.add(c.Flags())
	where.add(c.Flags())
	c.Flags().BoolVar(&markdown, "markdown", false, "print the plan as a Markdown document, to attach to a ticket")
	a.completePlan(c)
	return c
}

// plan returns the plan, and the refresh that has to end before it is run.
func (a *app) plan(ctx context.Context, f *planFlags, secret masking.Secret) (*refresh.Plan, *refresh.Refresh, error) {
	j, err := f.job(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.openState(ctx, readState)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	request := f.request()
	if request.Unmasked != nil { // who asks, and why, a plan need not know
		asked := request
		asked.Purpose, asked.By = refresh.Develop, "nobody yet"
		if err := s.admit(ctx, asked); err != nil {
			return nil, nil, err
		}
	}
	runner, opened, err := a.runner(ctx, s, request.Source, request.Target, j, secret)
	if err != nil {
		return nil, nil, err
	}
	defer opened.Close()
	plan, err := runner.Plan(ctx, request)
	if err != nil {
		return nil, nil, j.file.locate(err)
	}
	by, err := a.warnOccupied(ctx, s, request.Target)
	return plan, by, err
}
