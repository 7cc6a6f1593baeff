package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/refresh/receipt"
)

// verdict is what a verification found.
type verdict struct {
	Refresh  refresh.RunID     `json:"refresh"`
	Receipts int               `json:"receipts"` // in the chain, which is intact
	Rows     int64             `json:"rows"`     // that the receipt tells of
	Findings []refresh.Finding `json:"findings"`
}

func (a *app) verifyCommand() *cobra.Command {
	var last bool
	var rules string
	var secret secretFlags
	c := &cobra.Command{
		Use: "verify ID | --last", Short: "Hold a finished refresh's target against its receipt",
		Long: `Checks that the chain of receipts is intact, reads the target again and compares it with the receipt of the refresh. Nothing is changed and the source is not
needed. In a tenant that people work in, differences are their work. The exit code is 3 where something differs.`,
		Example: lines("tenantctl verify --last --secret-file secret.key", "tenantctl verify $ID --rules rules.yaml --secret-file secret.key --json"),
		Args:    cobra.MaximumNArgs(1), ValidArgsFunction: a.refreshArgument,
		RunE: func(c *cobra.Command, args []string) error {
			if last == (len(args) == 1) {
				return errors.New("which refresh? write its ID, see tenantctl status, or --last")
			}
			id := ""
			if len(args) == 1 {
				id = args[0]
			}
			v, err := a.verify(c.Context(), refresh.RunID(id), rules, secret)
			if err != nil {
				return err
			}
			return a.showVerdict(v)
		},
	}
	c.Flags().BoolVar(&last, "last", false, "the newest refresh that is finished")
	c.Flags().StringVar(&rules, "rules", "", "rules file (default: the rules of the run)")
	secret.add(c.Flags())
	completeFile(c, "rules", "yaml", "yml")
	return c
}

// verify checks a refresh; "" is the newest finished one.
func (a *app) verify(ctx context.Context, id refresh.RunID, rulesFile string, from secretFlags) (verdict, error) {
	secret, err := a.readSecret(ctx, from)
	if err != nil {
		return verdict{}, err
	}
	s, err := a.openState(ctx, readState)
	if err != nil {
		return verdict{}, err
	}
	defer s.Close()
	all, err := s.refreshes(ctx)
	if err != nil {
		return verdict{}, err
	}
	i := slices.IndexFunc(all, func(r refresh.Refresh) bool { return r.ID == id || id == "" && r.State == refresh.Opened })
	switch {
	case i < 0 && id == "":
		return verdict{}, errors.New("there is no finished refresh yet; see tenantctl status")
	case i < 0:
		return verdict{}, fmt.Errorf("%w: %s; see tenantctl status", refresh.ErrUnknownRefresh, id)
	}
	known := all[i]
	head, err := s.store.Last(ctx)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{Refresh: known.ID, Findings: []refresh.Finding{}}
	if v.Receipts, err = checkChain(all, head); err != nil {
		return verdict{}, fmt.Errorf("%w: %w", errDiffers, err)
	}
	if newer := replacedBy(all, known); newer != "" {
		return verdict{}, fmt.Errorf("%w: refresh %s has replaced what refresh %s left in tenant %s; verify that one", errRefused, newer, known.ID, known.Request.Target)
	}
	j, err := s.job(ctx, known.ID)
	if err != nil {
		return verdict{}, err
	}
	if rulesFile != "" {
		if j.rules, j.file, err = readRules(ctx, rulesFile); err != nil {
			return verdict{}, err
		}
	}
	runner, opened, err := a.runner(ctx, s, known.Request.Source, known.Request.Target, j, secret)
	if err != nil {
		return verdict{}, err
	}
	defer opened.Close()
	findings, err := runner.Verify(ctx, known.ID)
	if err != nil {
		return verdict{}, err
	}
	v.Findings = append(v.Findings, findings...)
	for _, t := range known.Receipt.Tables {
		v.Rows += t.Written
	}
	return v, nil
}

// replacedBy returns the newest refresh that replaced the same target's rows after this one did; "" is none.
func replacedBy(all []refresh.Refresh, known refresh.Refresh) (newest refresh.RunID) {
	if known.Receipt == nil {
		return ""
	}
	last := known.Receipt.Committed
	for _, r := range all {
		replaced := r.State == refresh.Committed || r.State == refresh.Settled || r.State == refresh.Opened
		if replaced && r.Request.Target == known.Request.Target && r.Receipt != nil && r.Receipt.Committed.After(last) {
			newest, last = r.ID, r.Receipt.Committed
		}
	}
	return newest
}

// checkChain checks every receipt, and that they hang together from the first to the one that the store holds for the newest. It returns their number.
func checkChain(all []refresh.Refresh, head string) (int, error) {
	after := map[string]receipt.Receipt{}
	for _, r := range all {
		if r.Receipt != nil && r.Receipt.Sealed() {
			after[r.Receipt.Previous] = *r.Receipt
		}
	}
	var chain []receipt.Receipt
	for hash := ""; ; {
		next, found := after[hash]
		if !found {
			break
		}
		chain, hash = append(chain, next), next.Hash
		delete(after, next.Previous)
	}
	if err := receipt.VerifyChain(chain); err != nil {
		return 0, err
	}
	if len(after) > 0 || len(chain) > 0 && chain[len(chain)-1].Hash != head || len(chain) == 0 && head != "" {
		return 0, fmt.Errorf("the chain of receipts is broken: one is missing, or was exchanged: %w", receipt.ErrAltered)
	}
	return len(chain), nil
}

func (a *app) showVerdict(v verdict) error {
	if a.json {
		if err := a.printJSON(v); err != nil {
			return err
		}
	}
	if len(v.Findings) > 0 {
		text := ""
		for _, f := range v.Findings {
			text += fmt.Sprintf("\n  %s: %s", f.Table, f.Message)
		}
		err := fmt.Errorf("refresh %s: %w:%s", v.Refresh, errDiffers, text)
		if a.json {
			err = errors.Join(err, errShown)
		}
		return err
	}
	if !a.json {
		fmt.Fprintf(a.out, "refresh %s: the target is as the receipt says (%d rows); the chain of receipts is intact (length %d)\n", v.Refresh, v.Rows, v.Receipts)
	}
	return nil
}
