package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/tenancy"
)

func (a *app) tenantCommand() *cobra.Command {
	c := &cobra.Command{Use: "tenant", Short: "Add, list and change tenants"}
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

func (a *app) tenantAddCommand() *cobra.Command {
	var kind, name, url string
	c := &cobra.Command{
		Use: "add ID", Short: "Add a tenant, or change its name, kind and database",
		Long: `Adds a tenant to the state file, which is made where there is none. ID is the value in the tenant column where tenants share tables, and any name where
they do not. Only a tenant of a declared kind other than production can be the target of a refresh.

A new tenant is quiet: communications, callouts and scheduled workflows are off. See tenantctl tenant settings.`,
		Example: lines("tenantctl tenant add prod --kind production --database sqlite:prod.db",
			"tenantctl tenant add 17 --kind sandbox --name \"Acme's sandbox\" --database postgres://refresher@db.example/crm"),
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := parseDatabase(url)
			if err != nil {
				return err
			}
			if kind != "" && !slices.Contains(tenancy.Kinds(), tenancy.Kind(kind)) {
				return fmt.Errorf("the kind %q is not known; write one of %s, or leave it out for one that counts as production", kind, kinds())
			}
			if file, err := filepath.Abs(a.state); err != nil {
				return err
			} else if d.file != "" && sameFile(d.file, file) {
				return fmt.Errorf("%s holds the state; a tenant's data has to be in another file", a.state)
			}
			s, err := a.openState(c.Context(), true)
			if err != nil {
				return err
			}
			defer s.Close()
			tenant := tenancy.Tenant{ID: tenancy.ID(args[0]), Name: name, Kind: tenancy.Kind(kind)}
			if known, err := s.directory.Tenant(c.Context(), tenant.ID); err == nil && known.Outage != nil {
				return &tenancy.TenantError{Tenant: tenant.ID, Err: fmt.Errorf("%w by run %s", tenancy.ErrUnderRefresh, known.Outage.Run)}
			}
			if err := s.directory.Declare(c.Context(), tenant); err != nil {
				return err
			}
			if err := s.setDatabase(c.Context(), tenant.ID, d); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(listed{tenant, d.url})
			}
			counts := ""
			if !tenant.Kind.Replaceable() {
				counts = "; it is never the target of a refresh"
			}
			fmt.Fprintf(a.out, "tenant %s (%s): %s%s\n", tenant.ID, kindOf(tenant), d.url, counts)
			return nil
		},
	}
	c.Flags().StringVar(&kind, "kind", "", "what the tenant is for: "+kinds()+"; without one it counts as production")
	c.Flags().StringVar(&name, "name", "", "a name for people")
	c.Flags().StringVar(&url, "database", "", "where the tenant's rows are: sqlite:FILE or postgres://user@host/database, without a password")
	_ = c.MarkFlagRequired("database")
	return c
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
			s, err := a.openState(c.Context(), false)
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
				name := t.Name
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
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := a.openState(c.Context(), false)
			if err != nil {
				return err
			}
			defer s.Close()
			id := tenancy.ID(args[0])
			if i := slices.Index(set, true); i >= 0 {
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
