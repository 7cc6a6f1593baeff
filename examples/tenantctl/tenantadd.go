package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/tenancy"
)

// addition is what tenant add was told.
type addition struct {
	id                   tenancy.ID
	kind, name           string
	kindGiven, nameGiven bool
	wasProduction        bool
	databaseURL          string
	database             database
}

func (a *app) tenantAddCommand() *cobra.Command {
	var add addition
	c := &cobra.Command{
		Use: "add ID", Short: "Add a tenant, or change its name, kind and database",
		Long: `Adds a tenant to the state file, which is made where there is none. ID is the value in the tenant column where tenants share tables, and any name where
they do not. Only a tenant of a declared kind other than production can be the target of a refresh. One that is there already keeps its name and kind
unless they are written.

A new tenant is quiet: communications, callouts and scheduled workflows are off. See tenantctl tenant settings.`,
		Example: lines("tenantctl tenant add prod --kind production --database sqlite:prod.db",
			"tenantctl tenant add sandbox --kind sandbox --name Sandbox --database sqlite:sandbox.db"),
		Args: cobra.ExactArgs(1), ValidArgsFunction: a.tenantArgument,
		RunE: func(c *cobra.Command, args []string) error {
			add.id, add.kindGiven, add.nameGiven = tenancy.ID(args[0]), c.Flags().Changed("kind"), c.Flags().Changed("name")
			if err := add.check(a.state); err != nil {
				return err
			}
			return a.addTenant(c.Context(), add)
		},
	}
	c.Flags().StringVar(&add.kind, "kind", "", "what the tenant is for: "+kinds()+"; without one it counts as production")
	c.Flags().StringVar(&add.name, "name", "", "a name for people")
	c.Flags().StringVar(&add.databaseURL, "database", "", "where the tenant's rows are: sqlite:FILE or postgres://user@host/database, without a password")
	c.Flags().BoolVar(&add.wasProduction, "was-production", false, "the tenant was declared production, and is no longer: its rows may be replaced from now on, if its kind allows it")
	_ = c.MarkFlagRequired("database")
	completeWords(c, "kind", kinds())
	_ = c.RegisterFlagCompletionFunc("database", completeDatabase)
	return c
}

// check judges what was written, before any file is opened.
func (add *addition) check(stateFile string) error {
	if err := checkID(string(add.id)); err != nil {
		return err
	}
	var err error
	if add.database, err = parseDatabase(add.databaseURL); err != nil {
		return err
	}
	if add.kind != "" && !slices.Contains(tenancy.Kinds(), tenancy.Kind(add.kind)) {
		return fmt.Errorf("the kind %q is not known; write one of %s, or leave it out for one that counts as production", add.kind, kinds())
	}
	file, err := filepath.Abs(stateFile)
	if err != nil {
		return err
	}
	if add.database.file != "" && sameFile(add.database.file, file) {
		return fmt.Errorf("%s holds the state; a tenant's data has to be in another file", stateFile)
	}
	return nil
}

// checkID refuses an ID that people cannot tell from another one.
func checkID(id string) error {
	if id == "" || strings.TrimSpace(id) != id || !utf8.ValidString(id) || strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("the tenant's ID %q is empty, has spaces around it, or characters that cannot be seen; write it without them", id)
	}
	return nil
}

func (a *app) addTenant(ctx context.Context, add addition) error {
	s, err := a.openState(ctx, makeState)
	if err != nil {
		return err
	}
	defer s.Close()
	known, err := s.directory.Tenant(ctx, add.id)
	if err != nil && !errors.Is(err, tenancy.ErrUnknownTenant) {
		return err
	}
	tenant := tenancy.Tenant{ID: add.id, Name: known.Name, Kind: known.Kind, Settings: known.Settings}
	if add.nameGiven {
		tenant.Name = add.name
	}
	if add.kindGiven {
		tenant.Kind = tenancy.Kind(add.kind)
	}
	switch declared := known.Kind == tenancy.Production && known.ID != ""; {
	case known.Outage != nil:
		return &tenancy.TenantError{Tenant: add.id, Err: fmt.Errorf("%w by run %s", tenancy.ErrUnderRefresh, known.Outage.Run)}
	case declared && tenant.Kind != tenancy.Production && !add.wasProduction:
		return fmt.Errorf("%w: tenant %s is declared production, whose rows are never replaced; if it is production no longer, write --was-production too", errRefused, add.id)
	case add.wasProduction && (!declared || tenant.Kind == tenancy.Production):
		return fmt.Errorf("%w: --was-production is for a tenant that is declared production and gets another kind; leave it out for %s", errRefused, add.id)
	}
	if err := s.directory.Declare(ctx, tenant); err != nil {
		return err
	}
	if err := s.setDatabase(ctx, add.id, add.database); err != nil {
		return err
	}
	if tenant, err = s.directory.Tenant(ctx, add.id); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(listed{tenant, add.database.url})
	}
	counts := ""
	if !tenant.Kind.Replaceable() {
		counts = "; it is never the target of a refresh"
	}
	fmt.Fprintf(a.out, "tenant %s (%s): %s%s\n", tenant.ID, kindOf(tenant), add.database.url, counts)
	return nil
}
