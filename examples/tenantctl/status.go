package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/refresh"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status [ID]", Short: "List the refreshes, or show one with its receipt", Args: cobra.MaximumNArgs(1), ValidArgsFunction: a.refreshArgument,
		Example: lines("tenantctl status", "tenantctl status $ID", "tenantctl status --json"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := a.openState(c.Context(), readState)
			if err != nil {
				return err
			}
			defer s.Close()
			if len(args) == 1 {
				known, err := s.store.Refresh(c.Context(), refresh.RunID(args[0]))
				if err != nil {
					return err
				}
				return a.showRefresh(known)
			}
			all, err := s.refreshes(c.Context())
			if err != nil {
				return err
			}
			if a.json {
				if all == nil {
					all = []refresh.Refresh{}
				}
				return a.printJSON(all)
			}
			rows := []string{"refresh\tfrom\tto\tstate\tadmitted\tsnapshot\tby\tfailure"}
			for _, r := range all {
				failure, _, _ := strings.Cut(r.Failure, "\n")
				failure = cell(failure)
				rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", r.ID, r.Request.Source, r.Request.Target, r.State, instant(r.Admitted), instant(r.Snapshot), cell(r.Request.By), cmp.Or(failure, "-")))
			}
			aligned(a.out, rows...)
			return nil
		},
	}
}

func (a *app) showRefresh(r refresh.Refresh) error {
	if a.json {
		return a.printJSON(r)
	}
	masked := "yes"
	if u := r.Request.Unmasked; u != nil {
		masked = fmt.Sprintf("NO, authorized by %s: %s", cell(u.By), cell(u.Reason))
	}
	aligned(a.out,
		fmt.Sprintf("refresh\t%s", r.ID),
		fmt.Sprintf("state\t%s", r.State),
		fmt.Sprintf("request\t%s to %s, %s, by %s", r.Request.Source, r.Request.Target, cell(string(r.Request.Purpose)), cell(r.Request.By)),
		fmt.Sprintf("masked\t%s", masked),
		fmt.Sprintf("outage\tfrom %s until %s", orElse(r.Request.From, "the run"), orElse(r.Request.Until, "it is ready")),
		fmt.Sprintf("admitted\t%s", instant(r.Admitted)),
		fmt.Sprintf("plan\t%s", cmp.Or(r.Acknowledged, "none agreed to")),
		fmt.Sprintf("attempts\t%d", r.Attempts),
		fmt.Sprintf("failure\t%s", cmp.Or(strings.ReplaceAll(r.Failure, "\n", "\n\t"), "-")))
	if r.Receipt != nil {
		fmt.Fprintf(a.out, "\n%s", r.Receipt)
	}
	return nil
}
