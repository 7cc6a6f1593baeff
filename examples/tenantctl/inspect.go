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

Where tenants share the tables, name the column that tells them apart. Tables without it are proposed as global: a refresh does not touch them. Those of them
that have columns to be masked are marked REVIEW.`,
		Example: lines("tenantctl inspect sqlite:prod.db", "tenantctl inspect sqlite:prod.db -o rules.yaml",
			"tenantctl inspect sqlite:shared.db --tenant-column tenant_id --json"),
		Args: cobra.ExactArgs(1), ValidArgsFunction: completeDatabase,
		RunE: func(c *cobra.Command, args []string) error {
			d, err := parseDatabase(args[0])
			if err != nil {
				return err
			}
			description, err := describe(c.Context(), d, tenantColumn != "")
			if err != nil {
				return err
			}
			if err := tenantColumnExists(&description.Schema, tenantColumn); err != nil {
				return err
			}
			p := propose(description, tenantColumn)
			text, err := p.rules.YAML(p.comments)
			if err != nil {
				return err
			}
			if output != "" || !a.json {
				if err := a.write(output, text, force); err != nil {
					return err
				}
			}
			if a.json {
				return a.printJSON(p.inspection(description, output, text))
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

// describe reads the schema of a source. Where tenants share a file's tables is not told by the file.
func describe(ctx context.Context, d database, shared bool) (refresh.Description, error) {
	var description refresh.Description
	var err error
	if d.file != "" {
		description, err = describeFile(ctx, d, shared)
	} else {
		description, err = describePostgres(ctx, d)
	}
	if err != nil {
		return refresh.Description{}, err
	}
	if len(description.Schema.Tables) == 0 {
		return refresh.Description{}, fmt.Errorf("%s has no tables, or does not exist", description.Facts.Database)
	}
	return description, nil
}

func describePostgres(ctx context.Context, d database) (refresh.Description, error) {
	var s sides
	defer s.Close()
	source, err := s.readOnly(ctx, d)
	if err != nil {
		return refresh.Description{}, err
	}
	return source.Describe(ctx, "")
}

// describeFile reads the schema of a file, which it opens for reading alone.
func describeFile(ctx context.Context, d database, shared bool) (refresh.Description, error) {
	if !shared {
		return sqlite.Files(func(tenancy.ID) string { return d.path() }, sqldata.Config{}).Describe(ctx, "")
	}
	db, err := sqlite.Open(ctx, d.file, sqlite.ReadOnly)
	if err != nil {
		return refresh.Description{}, err
	}
	defer db.Close()
	return sqlite.Shared(db, sqldata.Config{}).Describe(ctx, "")
}

// tenantColumnExists refuses a tenant column that no table has: all tables would be global, and nothing would be protected.
func tenantColumnExists(s *schema.Schema, tenantColumn string) error {
	if tenantColumn == "" {
		return nil
	}
	var names []string
	for _, t := range s.Tables {
		if _, found := t.Column(tenantColumn); found {
			return nil
		}
		for _, c := range t.Columns {
			names = append(names, c.Name)
		}
	}
	guess, _ := classify.TenantColumn(s)
	if near := masking.Suggest(tenantColumn, names); near != "" {
		guess = near
	}
	if guess == "" {
		return fmt.Errorf("no table has a column %s; write --tenant-column with the column that tells tenants apart, or leave it out where each tenant has a database of its own", tenantColumn)
	}
	return fmt.Errorf("no table has a column %s; write --tenant-column %s, if that is the column that tells tenants apart", tenantColumn, guess)
}

// proposal is a rules file in the making.
type proposal struct {
	tables   []classify.Table
	rules    masking.Rules
	comments masking.Comments
	open     []refresh.Problem // what a person has to decide before the rules can be used
	unsure   int               // proposals to look at closely
	hint     string
}

// propose classifies every column, and tries whether a plan could be made by the result.
func propose(d refresh.Description, tenantColumn string) proposal {
	p := proposal{tables: classify.ProposeSchema(&d.Schema, d.Facts.Keys == refresh.SharedKeys, tenantColumn), comments: masking.Comments{Tables: map[string]string{}, Columns: map[string]map[string]string{}}}
	p.rules = classify.Rules(p.tables, tenantColumn)
	for _, t := range p.tables {
		p.comment(t)
	}
	if guess, n := classify.TenantColumn(&d.Schema); tenantColumn == "" && guess != "" {
		p.hint = fmt.Sprintf("%d of %d tables have a column %s; if tenants share these tables, run again with --tenant-column %s", n, len(d.Schema.Tables), guess, guess)
	}
	p.try(d)
	p.comments.Top = p.top(d)
	return p
}

// comment says beside each proposal why it is made, and counts those that have to be looked at.
func (p *proposal) comment(t classify.Table) {
	switch {
	case t.Global && len(t.Masked) > 0:
		p.comments.Tables[t.Name] = "REVIEW: it has no column " + p.rules.TenantColumn + ", so it is taken for global: a refresh does not touch it, and masks nothing in it. " +
			"If it holds rows of tenants, these would be masked: " + strings.Join(t.Masked, ", ") + "."
		p.unsure++
	case t.Global:
		p.comments.Tables[t.Name] = "It has no column " + p.rules.TenantColumn + ", so it is taken for global: a refresh does not touch it. Review: does it hold rows of tenants?"
	case len(t.References) > 0:
		p.comments.Tables[t.Name] = "REVIEW: the references below are not declared in the database; they are guessed from names."
		p.unsure += len(t.References)
	}
	comments := map[string]string{}
	for _, c := range t.Columns {
		comments[c.Name] = c.Why
		if !c.Certain && c.Column.Mask != "" {
			comments[c.Name] = "REVIEW: " + c.Why
			p.unsure++
		}
	}
	p.comments.Columns[t.Name] = comments
}

// try compiles a plan between two tenants that do not exist. What is wrong with it is left for a person.
func (p *proposal) try(d refresh.Description) {
	d = likeSource(d) // what is wrong with this database itself is no matter of the rules
	_, err := refresh.Compile(refresh.Proposal{Source: tenancy.Tenant{ID: "source", Kind: tenancy.Production}, Target: tenancy.Tenant{ID: "target", Kind: tenancy.Sandbox}, From: d, To: d, Rules: p.rules})
	var problems refresh.Problems
	if errors.As(err, &problems) {
		p.open = problems
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
		for _, problem := range p.open {
			text = append(text, "- "+problem.String())
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
	for _, problem := range p.open {
		fmt.Fprintln(a.err, "to be decided:", problem)
	}
}

// inspection is a proposal as JSON.
type inspection struct {
	Database string            `json:"database"`
	File     string            `json:"file,omitempty"`
	Rules    string            `json:"rules,omitempty"`
	Tenants  string            `json:"tenants"`
	Open     []refresh.Problem `json:"open"`
	Tables   []inspectedTable  `json:"tables"`
}

type inspectedTable struct {
	Name       string           `json:"name"`
	Global     bool             `json:"global"`
	Masked     []string         `json:"masked,omitempty"` // of a global table: what would be masked if it held rows of tenants
	References []guessReference `json:"references"`
	Columns    []proposedRule   `json:"columns"`
}

type guessReference struct {
	Columns []string `json:"columns"`
	To      string   `json:"to"`
}

// proposedRule is a rule that is proposed, as it is written in a rules file; "" is none.
type proposedRule struct {
	Name    string `json:"name,omitempty"`
	Rule    string `json:"rule"`
	Certain bool   `json:"certain"`
	Why     string `json:"why"`
}

func (p *proposal) inspection(d refresh.Description, file string, text []byte) inspection {
	i := inspection{Database: d.Facts.Database, File: file, Tenants: p.hint, Open: append([]refresh.Problem{}, p.open...), Tables: []inspectedTable{}}
	if file == "" {
		i.Rules = string(text)
	}
	for _, t := range p.tables {
		shown := inspectedTable{Name: t.Name, Global: t.Global, Masked: t.Masked, References: []guessReference{}, Columns: []proposedRule{}}
		for _, r := range t.References {
			shown.References = append(shown.References, guessReference{r.Columns, r.To})
		}
		for _, c := range t.Columns {
			shown.Columns = append(shown.Columns, proposedRule{c.Name, c.Column.String(), c.Certain, c.Why})
		}
		i.Tables = append(i.Tables, shown)
	}
	return i
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
