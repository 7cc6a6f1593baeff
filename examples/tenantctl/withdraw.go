package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
)

func (a *app) cancelCommand() *cobra.Command {
	return &cobra.Command{
		Use: "cancel ID", Short: "Withdraw a refresh, or ask a running one to end before its commit",
		Long: `Withdraws a refresh that has not begun. One that is running is asked to end: its process abandons it within seconds, and the target is as it was. One whose
process has died is ended by tenantctl abandon.`,
		Example: lines("tenantctl cancel $ID", "tenantctl cancel $ID --json"), Args: cobra.ExactArgs(1), ValidArgsFunction: a.refreshArgument,
		RunE: func(c *cobra.Command, args []string) error {
			s, err := a.openState(c.Context(), writeState)
			if err != nil {
				return err
			}
			defer s.Close()
			id := refresh.RunID(args[0])
			if err := s.desk().Cancel(c.Context(), id); err != nil {
				return err
			}
			known, err := s.store.Refresh(c.Context(), id)
			if err != nil {
				return err
			}
			if known.State == refresh.Running {
				return a.said(id, "asked to end", fmt.Sprintf("refresh %s is asked to end; if its process has died: tenantctl abandon %s", id, id))
			}
			return a.said(id, string(known.State), fmt.Sprintf("refresh %s is %s", id, known.State))
		},
	}
}

func (a *app) abandonCommand() *cobra.Command {
	return &cobra.Command{
		Use: "abandon ID", Short: "End a run that was interrupted before its commit",
		Long: `Ends a run that was interrupted before its commit: the target is open again, and its rows are as they were. The target's database decides whether the run
was committed; then it cannot be abandoned, and tenantctl run --resume completes it.`,
		Example: lines("tenantctl abandon $ID", "tenantctl abandon $ID --json"), Args: cobra.ExactArgs(1), ValidArgsFunction: a.refreshArgument,
		RunE: func(c *cobra.Command, args []string) error {
			ctx, id := c.Context(), refresh.RunID(args[0])
			s, err := a.openState(ctx, writeState)
			if err != nil {
				return err
			}
			defer s.Close()
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
			runner, opened, err := a.runner(ctx, s, known.Request.Source, known.Request.Target, j, masking.Secret{})
			if err != nil {
				return err
			}
			defer opened.Close()
			err = runner.Abandon(ctx, id)
			if errors.Is(err, refresh.ErrHeld) {
				return held(err, known)
			}
			if err != nil {
				return err
			}
			return a.said(id, string(refresh.Abandoned), fmt.Sprintf("refresh %s is abandoned; %s is open and as it was", id, known.Request.Target))
		},
	}
}

// said prints what became of a refresh.
func (a *app) said(id refresh.RunID, state, text string) error {
	if a.json {
		return a.printJSON(map[string]string{"refresh": string(id), "state": state})
	}
	fmt.Fprintln(a.out, text)
	return nil
}
