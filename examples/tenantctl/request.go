package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/retenant/retenant/refresh"
)

// outageFlags say when the target is closed.
type outageFlags struct{ from, until string }

func (f *outageFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.from, "outage-from", "", "when the outage begins, such as 2026-04-03T08:00:00+11:00 (default: with the run)")
	flags.StringVar(&f.until, "outage-until", "", "when the target opens, never before (default: as soon as it is ready)")
}

// times reads both; one that is not given is zero.
func (f *outageFlags) times() (from, until time.Time, err error) {
	for flag, c := range map[string]struct {
		text string
		to   *time.Time
	}{"outage-from": {f.from, &from}, "outage-until": {f.until, &until}} {
		if c.text == "" {
			continue
		}
		if *c.to, err = time.Parse(time.RFC3339, c.text); err != nil {
			return from, until, fmt.Errorf("--%s %q is no time; write it with its distance from UTC, such as 2026-04-03T08:00:00+11:00", flag, c.text)
		}
	}
	return from, until, nil
}

func (a *app) requestCommand() *cobra.Command {
	var f requestFlags
	c := &cobra.Command{
		Use: "request", Short: "Ask for a refresh that is run later",
		Long: `Judges a refresh, has its plan agreed to and keeps it, and touches no tenant. It is run by tenantctl run --resume, not before its outage begins, and refused
then if the plan is not the one that was agreed to. It is withdrawn by tenantctl cancel.

With the secret, which is not needed otherwise, it is counted what the target will lose, and the run is refused if that has become more by then. Without it,
nothing is counted, and whatever is there is lost.`,
		Example: lines("tenantctl request --from prod --to sandbox --rules rules.yaml --purpose develop --secret-file secret.key --plan $HASH --lose 0",
			"tenantctl request --from prod --to sandbox --rules rules.yaml --purpose develop --plan $HASH --outage-from 2042-04-04T08:00:00+11:00 --outage-until 2042-04-07T11:00:00+10:00 --json"),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return a.ordered(c.Context(), &f)
		},
	}
	f.add(c.Flags())
	a.completePlan(c)
	completeWords(c, "purpose", string(refresh.Develop), string(refresh.Troubleshoot))
	return c
}

// ordered keeps a refresh for later.
func (a *app) ordered(ctx context.Context, f *requestFlags) error {
	request, err := f.request()
	if err != nil {
		return err
	}
	j, err := f.job(ctx)
	if err != nil {
		return err
	}
	s, err := a.openState(ctx, writeState)
	if err != nil {
		return err
	}
	defer s.Close()
	secret, err := a.secretIfAny(ctx, f.secret)
	if err != nil {
		return err
	}
	if _, err := a.warnOccupied(ctx, s, request.Target); err != nil {
		return err
	}
	id, _, opened, err := a.ask(ctx, s, f, request, j, secret)
	if err != nil {
		return err
	}
	opened.Close()
	known, err := s.store.Refresh(ctx, id)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(known)
	}
	when := "now"
	if request.From.After(now()) {
		when = "from " + instant(request.From) + " on"
	}
	fmt.Fprintf(a.out, "refresh %s is admitted; run it %s: tenantctl run --resume %s; or withdraw it: tenantctl cancel %s\n", id, when, id, id)
	return nil
}

// waiting tells of a refresh that is done but for the opening.
func (a *app) waiting(r refresh.Refresh) error {
	if a.json {
		return a.printJSON(map[string]any{"refresh": r.ID, "state": r.State, "until": r.Request.Until})
	}
	_, err := fmt.Fprintf(a.out, "refresh %s: %s is replaced and verified, and closed until %s; open it then: tenantctl run --resume %s\n", r.ID, r.Request.Target, instant(r.Request.Until), r.ID)
	return err
}
