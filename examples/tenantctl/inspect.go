package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/masking/classify"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/schema"
)

func (a *app) inspectCommand() *cobra.Command {
	var output, tenantColumn string
	var force bool
	c := &cobra.Command{
		Use: "inspect URL", Short: "Read a database's schema and write a rules file with a proposal for each column",
		Long: `Reads the schema of a database, no data, and writes a rules file: a mask, or a pass with a reason, for each column that is no key, no reference and
no tenant column. Each proposal says why, beside it. It is a proposal: a person has to go through it before anything is refreshed by it.

Where tenants share the tables, name the column that tells them apart. Tables without it are proposed as global: a refresh does not touch them.`,
		Example: lines("tenantctl inspect sqlite:prod.db", "tenantctl inspect sqlite:prod.db -o rules.yaml",
			"tenantctl inspect postgres://reader@db.example/crm --tenant-column tenant_id -o rules.yaml"),
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			d, err := parseDatabase(args[0])
			if err != nil {
				return err
			}
			description, err := describe(c.Context(), d, tenantColumn)
			if err != nil {
				return err
			}
			p := propose(description, tenantColumn)
			text, err := p.rules.YAML(p.comments)
			if err != nil {
				return err
			}
			if err := a.write(output, text, force); err != nil {
				return err
			}
			p.report(a)
			return nil
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "file to write (default: standard output)")
	c.Flags().BoolVar(&force, "force", false, "write over a file that exists")
	c.Flags().StringVar(&tenantColumn, "tenant-column", "", "the column that tells tenants apart, where they share the tables")
	return c
}

// describe reads the schema.
func describe(ctx context.Context, d database, tenantColumn string) (refresh.Description, error) {
	var s sides
	defer s.Close()
	source, err := s.readOnly(ctx, d)
	if err != nil {
		return refresh.Description{}, err
	}
	if d.file != "" && tenantColumn != "" {
		db, err := sqlite.Open(ctx, d.file, sqlite.ReadOnly)
		if err != nil {
			return refresh.Description{}, err
		}
		s.close = append(s.close, db.Close)
		source = sqlite.Shared(db, sqldata.Config{})
	}
	description, err := source.Describe(ctx, "")
	if err != nil {
		return refresh.Description{}, err
	}
	if len(description.Schema.Tables) == 0 {
		return refresh.Description{}, fmt.Errorf("%s has no tables, or does not exist", description.Facts.Database)
	}
	return description, nil
}

// proposal is a rules file in the making.
type proposal struct {
	rules    masking.Rules
	comments masking.Comments
	open     []string // what a person has to decide before the rules can be used
	unsure   int      // proposals to look at closely
	hint     string
}

// propose classifies every column, and tries whether a plan could be made by the result.
func propose(d refresh.Description, tenantColumn string) proposal {
	p := proposal{
		rules:    masking.Rules{Version: masking.Version, TenantColumn: tenantColumn, Tables: map[string]masking.Table{}},
		comments: masking.Comments{Tables: map[string]string{}, Columns: map[string]map[string]string{}},
	}
	for i := range d.Schema.Tables {
		p.table(&d.Schema, &d.Schema.Tables[i], d.Facts.Keys == refresh.SharedKeys)
	}
	if guess, n := classify.TenantColumn(&d.Schema); tenantColumn == "" && guess != "" {
		p.hint = fmt.Sprintf("%d of %d tables have a column %s; if tenants share these tables, run again with --tenant-column %s", n, len(d.Schema.Tables), guess, guess)
	}
	p.try(d)
	p.comments.Top = p.top(d)
	return p
}

func (p *proposal) table(s *schema.Schema, t *schema.Table, shared bool) {
	column := p.rules.TenantColumn
	if _, found := t.Column(column); !found {
		if column != "" {
			p.rules.Tables[t.Name] = masking.Table{Global: true}
			p.comments.Tables[t.Name] = "It has no column " + column + ", so it is taken for global: a refresh does not touch it. Review: does it hold rows of tenants?"
			return
		}
		column = ""
	}
	rule := masking.Table{Columns: map[string]masking.Column{}, References: classify.References(s, *t, column)}
	comments := map[string]string{}
	for _, c := range classify.Propose(*t, classify.Setting{Shared: shared, TenantColumn: column, References: rule.References}) {
		if c.Column.Mask == "" {
			continue // the try tells that it is not classified
		}
		rule.Columns[c.Name] = c.Column
		comments[c.Name] = c.Why
		if !c.Certain {
			comments[c.Name] = "REVIEW: " + c.Why
			p.unsure++
		}
	}
	if len(rule.References) > 0 {
		p.comments.Tables[t.Name] = "REVIEW: the references below are not declared in the database; they are guessed from names."
		p.unsure += len(rule.References)
	}
	p.rules.Tables[t.Name], p.comments.Columns[t.Name] = rule, comments
}

// try compiles a plan between two tenants that do not exist. What is wrong with it is left for a person.
func (p *proposal) try(d refresh.Description) {
	d.Facts.Preconditions, d.Facts.FireTriggers, d.Facts.Identity = nil, false, "" // the one's database would not be the other's
	_, err := refresh.Compile(refresh.Proposal{Source: tenancy.Tenant{ID: "source", Kind: tenancy.Production}, Target: tenancy.Tenant{ID: "target", Kind: tenancy.Sandbox}, From: d, To: d, Rules: p.rules})
	var problems refresh.Problems
	if errors.As(err, &problems) {
		for _, problem := range problems {
			p.open = append(p.open, problem.String())
		}
	}
}

// top is the comment above the rules.
func (p *proposal) top(d refresh.Description) string {
	text := []string{
		"Rules for " + d.Facts.Database + ", proposed by tenantctl inspect from names and types alone.",
		"Go through every line before you refresh by it. REVIEW marks what the names do not settle.",
		"Masks: " + strings.Join(slices.DeleteFunc(masking.Names(), func(name string) bool { return name == masking.Pass || name == masking.Fixed }), ", ") + "; {fixed: value}; {pass: why the values identify nobody}.",
	}
	if p.hint != "" {
		text = append(text, "", "Tenants: "+p.hint+".")
	}
	if len(p.open) > 0 {
		text = append(text, "", "To be decided before these rules can be used:")
		for _, line := range p.open {
			text = append(text, "- "+line)
		}
	}
	return strings.Join(text, "\n") + "\n\n"
}

// report tells on standard error what is left for people.
func (p *proposal) report(a *app) {
	columns := 0
	for _, t := range p.rules.Tables {
		columns += len(t.Columns)
	}
	fmt.Fprintf(a.err, "%d tables, %d columns classified, %d marked REVIEW; a person has to go through all of them\n", len(p.rules.Tables), columns, p.unsure)
	if p.hint != "" {
		fmt.Fprintln(a.err, p.hint)
	}
	for _, line := range p.open {
		fmt.Fprintln(a.err, "to be decided:", line)
	}
}

// write writes a file, or to standard output.
func (a *app) write(file string, text []byte, force bool) error {
	if file == "" {
		_, err := a.out.Write(text)
		return err
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(file, flags, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists; write --force to write over it", file)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
