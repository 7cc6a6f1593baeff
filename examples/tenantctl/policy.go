package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/refresh"
)

func (a *app) policyCommand() *cobra.Command {
	var allow, deny []string
	c := &cobra.Command{
		Use: "policy", Short: "Show or change who may authorize a copy without masks",
		Long: `Shows who may authorize a copy without masks, and adds or takes out names. Nobody may at first. Whoever may write the state file may change it.
An authorization turns off masks and nothing else: secrets stay withheld, every column stays classified, the copy stays quiet; name and reason stand in the receipt.`,
		Example: lines("tenantctl policy", "tenantctl policy --may-unmask dana", "tenantctl policy --may-not-unmask dana --json"),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			use := readState
			for flag, names := range map[string][]string{"may-unmask": allow, "may-not-unmask": deny} {
				if !c.Flags().Changed(flag) {
					continue
				}
				for i := range names {
					names[i] = strings.TrimSpace(names[i])
				}
				if len(names) == 0 || slices.Contains(names, "") {
					return fmt.Errorf("%w: who may authorize has no name; write --%s NAME", errRefused, flag)
				}
				use = alterState
			}
			s, err := a.openState(c.Context(), use)
			if err != nil {
				return err
			}
			defer s.Close()
			if err := s.setPolicy(c.Context(), allow, deny); err != nil {
				return err
			}
			policy, err := s.policy(c.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string][]string{"may_unmask": policy.MayUnmask})
			}
			if len(policy.MayUnmask) == 0 {
				fmt.Fprintln(a.out, "nobody may authorize a copy without masks")
			} else {
				fmt.Fprintln(a.out, "a copy without masks may be authorized by:", strings.Join(policy.MayUnmask, ", "))
			}
			return nil
		},
	}
	c.Flags().StringSliceVar(&allow, "may-unmask", nil, "who may authorize a copy without masks from now on; may be repeated")
	c.Flags().StringSliceVar(&deny, "may-not-unmask", nil, "who may no longer; may be repeated")
	return c
}

// setPolicy changes who may authorize a copy without masks, all or nothing.
func (s *state) setPolicy(ctx context.Context, allow, deny []string) error {
	if len(allow)+len(deny) == 0 {
		return nil
	}
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, name := range allow {
		if _, err := tx.ExecContext(ctx, `INSERT INTO tenantctl_unmask (name) VALUES (?) ON CONFLICT DO NOTHING`, name); err != nil {
			return err
		}
	}
	for _, name := range deny {
		if _, err := tx.ExecContext(ctx, `DELETE FROM tenantctl_unmask WHERE name = ?`, name); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// policy returns what requests are judged by. A state file of an earlier version authorizes nobody.
func (s *state) policy(ctx context.Context) (refresh.Policy, error) {
	policy := refresh.Policy{MayUnmask: []string{}}
	tables, err := tablesOf(ctx, s.db)
	if err != nil {
		return policy, err
	}
	for _, table := range tables {
		if table == "tenantctl_unmask" {
			err = s.db.SelectContext(ctx, &policy.MayUnmask, `SELECT name FROM tenantctl_unmask ORDER BY name`)
		}
	}
	return policy, err
}

// admit judges a request and changes nothing, so that what will be refused is refused before anybody is asked.
func (s *state) admit(ctx context.Context, request refresh.Request) error {
	policy, err := s.policy(ctx)
	if err != nil {
		return err
	}
	target, err := s.directory.Tenant(ctx, request.Target)
	if err != nil {
		return err
	}
	_, err = policy.Admit(request, target)
	return err
}
