package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/tenancy"
)

func (a *app) tenantCommand() *cobra.Command {
	c := needsSubcommand(&cobra.Command{Use: "tenant", Short: "Add, list and change tenants",
		Example: lines("tenantctl tenant add prod --kind production --database sqlite:prod.db", "tenantctl tenant list")})
	c.AddCommand(a.tenantAddCommand(), a.tenantListCommand(), a.tenantSettingsCommand())
	return c
}

func kinds() string {
	names := make([]string, 0, 6)
	for _, k := range tenancy.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// listed is a tenant with its database.
type listed struct {
	tenancy.Tenant
	Database string `json:"database"`
}

func kindOf(t tenancy.Tenant) string {
	if t.Kind == "" {
		return "no kind declared"
	}
	return string(t.Kind)
}

func (a *app) tenantListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the tenants", Args: cobra.NoArgs, Example: lines("tenantctl tenant list", "tenantctl tenant list --json"),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.openState(c.Context(), readState)
			if err != nil {
				return err
			}
			defer s.Close()
			tenants, err := s.directory.Tenants(c.Context())
			if err != nil {
				return err
			}
			all := []listed{}
			rows := []string{"tenant\tname\tkind\tgeneration\tcopy of\tas of\tsettings\tdatabase"}
			for _, t := range tenants {
				d, err := s.database(c.Context(), t.ID)
				if err != nil {
					return err
				}
				all = append(all, listed{t, d.url})
				of, at := "-", "-"
				if t.Provenance != nil {
					of, at = string(t.Provenance.Source), instant(t.Provenance.AsOf)
				}
				settings := t.Settings.String()
				if t.Outage != nil {
					settings = "closed for run " + t.Outage.Run
				}
				name := cell(t.Name)
				if name == "" {
					name = "-"
				}
				rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s", t.ID, name, kindOf(t), t.Generation, of, at, settings, d.url))
			}
			if a.json {
				return a.printJSON(all)
			}
			aligned(a.out, rows...)
			return nil
		},
	}
}

// switches are the changes of a tenant's settings, in the order in which help lists them.
var switches = []struct {
	flag, help string
	change     func(tenancy.Settings) (tenancy.Settings, error)
}{
	{"enable-communications", "turn mail and messages on, and nothing else", always(tenancy.Settings.EnableCommunications)},
	{"disable-communications", "turn mail and messages off, and callouts with them", always(tenancy.Settings.DisableCommunications)},
	{"enable-callouts", "turn callouts on; communications have to be on already", tenancy.Settings.EnableCallouts},
	{"disable-callouts", "turn callouts off", always(tenancy.Settings.DisableCallouts)},
	{"enable-workflows", "turn scheduled workflows on", always(tenancy.Settings.EnableWorkflows)},
	{"disable-workflows", "turn scheduled workflows off", always(tenancy.Settings.DisableWorkflows)},
}

func always(change func(tenancy.Settings) tenancy.Settings) func(tenancy.Settings) (tenancy.Settings, error) {
	return func(s tenancy.Settings) (tenancy.Settings, error) { return change(s), nil }
}

func (a *app) tenantSettingsCommand() *cobra.Command {
	set := make([]bool, len(switches))
	c := &cobra.Command{
		Use: "settings ID", Short: "Show or change what a tenant may do to the world outside",
		Long: `Shows what a tenant may do to the world outside. After a refresh everything is off. One switch can be turned at a time: callouts need communications
first, and then a step of their own.`,
		Example: lines("tenantctl tenant settings sandbox", "tenantctl tenant settings sandbox --enable-communications", "tenantctl tenant settings sandbox --enable-callouts"),
		Args:    cobra.ExactArgs(1), ValidArgsFunction: a.tenantArgument,
		RunE: func(c *cobra.Command, args []string) error {
			i, use := slices.Index(set, true), readState
			if i >= 0 {
				use = writeState
			}
			s, err := a.openState(c.Context(), use)
			if err != nil {
				return err
			}
			defer s.Close()
			id := tenancy.ID(args[0])
			if i >= 0 {
				if _, err := s.directory.Change(c.Context(), id, switches[i].change); err != nil {
					if errors.Is(err, tenancy.ErrCommunicationsOff) {
						return fmt.Errorf("%w: %w", errRefused, err)
					}
					return err
				}
			}
			tenant, err := s.directory.Tenant(c.Context(), id)
			if err != nil {
				return err
			}
			return a.showGates(tenant)
		},
	}
	var names []string
	for i, s := range switches {
		c.Flags().BoolVar(&set[i], s.flag, false, s.help)
		names = append(names, s.flag)
	}
	c.MarkFlagsMutuallyExclusive(names...)
	return c
}

// showGates asks the guard about each channel.
func (a *app) showGates(t tenancy.Tenant) error {
	gates := map[tenancy.Channel]string{}
	rows := []string{}
	for _, channel := range []tenancy.Channel{tenancy.Mail, tenancy.Callout, tenancy.Workflow} {
		answer := "allowed"
		var refusal *tenancy.Refusal
		if errors.As(t.Allow(channel), &refusal) {
			answer = "refused: " + refusal.Reason
		}
		gates[channel] = answer
		rows = append(rows, fmt.Sprintf("%s\t%s", channel, answer))
	}
	if a.json {
		return a.printJSON(map[string]any{"tenant": t.ID, "settings": t.Settings, "gates": gates})
	}
	fmt.Fprintf(a.out, "tenant %s: %s\n", t.ID, t.Settings)
	aligned(a.out, rows...)
	return nil
}
