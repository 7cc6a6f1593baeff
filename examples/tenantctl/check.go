package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// checked is what tenantctl check found.
type checked struct {
	OK       bool     `json:"ok"`
	Rules    string   `json:"rules"`
	Database string   `json:"database"`
	Target   string   `json:"target,omitempty"`
	Problems []placed `json:"problems"`
	Warnings []string `json:"warnings"`
	plan     *refresh.Plan
	wrong    *mistakes
}

func (a *app) checkCommand() *cobra.Command {
	var f profileFlags
	var target string
	c := &cobra.Command{
		Use: "check RULES URL", Short: "Tell whether a database can be refreshed by a rules file, for CI",
		Long: `Reads a rules file and the schema of a database, no data, and lists all that a refresh by them would be refused for: mistakes in the file, columns that are not
classified, rules without a column, masks that do not fit. With --target, the plan into that database is judged too. Each problem has its place in the file.

It takes no secret, no state file and no request, and changes nothing. The exit code is 2 where anything is wrong, and 1 where it could not be found out.`,
		Example: lines("tenantctl check rules.yaml sqlite:prod.db", "tenantctl check rules.yaml sqlite:prod.db --target sqlite:sandbox.db --json"),
		Args:    cobra.ExactArgs(2), ValidArgsFunction: completeRulesAndDatabase(false),
		RunE: func(c *cobra.Command, args []string) error {
			profile, err := f.profile(c.Context())
			if err != nil {
				return err
			}
			found, err := check(c.Context(), args[0], args[1], target, profile)
			if err != nil {
				return err
			}
			return a.showChecked(found)
		},
	}
	f.add(c.Flags())
	c.Flags().StringVar(&target, "target", "", "database of a tenant that is to be replaced, by its URL")
	_ = c.RegisterFlagCompletionFunc("target", completeDatabase)
	completeFile(c, "profile", "json")
	return c
}

// check compiles a plan between two tenants that stand for any. Without a target, the plan is into a database like the source's.
func check(ctx context.Context, rulesName, url, targetURL string, profile refresh.Profile) (checked, error) {
	found := checked{Rules: rulesName, Problems: []placed{}, Warnings: []string{}}
	p := pair{from: "source", to: "target"}
	var err error
	if p.source, err = parseDatabase(url); err != nil {
		return found, err
	}
	found.Database = p.source.url
	if targetURL != "" {
		if p.target, err = parseDatabase(targetURL); err != nil {
			return found, fmt.Errorf("--target: %w", err)
		}
		found.Target = p.target.url
	}
	rules, file, err := readRules(ctx, rulesName)
	if err != nil {
		return found.judge(file, err)
	}
	var misplaced refresh.Problems
	if targetURL != "" {
		if refusal := checkPlaces(p, rules); refusal != nil {
			misplaced = refresh.Problems{{Message: strings.TrimPrefix(refusal.Error(), errRefused.Error()+": ")}}
		}
	}
	proposal := refresh.Proposal{Source: tenancy.Tenant{ID: p.from, Kind: tenancy.Production}, Target: tenancy.Tenant{ID: p.to, Kind: tenancy.Sandbox}, Rules: rules, Profile: profile}
	if proposal.From, err = describe(ctx, p.source, sharesTables(rules)); err != nil {
		return found, err
	}
	if proposal.To = likeSource(proposal.From); targetURL != "" && misplaced == nil {
		if proposal.To, err = describeTarget(ctx, p.target, sharesTables(rules)); err != nil {
			return found, err
		}
	}
	found.plan, err = refresh.Compile(proposal)
	var problems refresh.Problems
	if misplaced != nil && (err == nil || errors.As(err, &problems)) {
		err = append(misplaced, problems...)
	}
	return found.judge(file, err)
}

// likeSource describes a target that looks like the source and of which nothing else is known: rights are those of whoever reads the source, who needs
// none to write.
func likeSource(d refresh.Description) refresh.Description {
	d.Facts.Preconditions, d.Facts.FireTriggers, d.Facts.Identity, d.Facts.NoUpdate, d.Facts.Warnings = nil, false, "", nil, nil
	return d
}

// describeTarget reads what a plan has to know of a target. It opens a file of SQLite for reading alone.
func describeTarget(ctx context.Context, d database, shared bool) (refresh.Description, error) {
	if d.file != "" {
		return describeFile(ctx, d, shared)
	}
	db, err := postgres.Open(ctx, d.url)
	if err != nil {
		return refresh.Description{}, err
	}
	defer db.Close()
	return postgres.Shared(db, sqldata.Config{}).Describe(ctx, "")
}

// judge takes problems into what was found; any other error stays one.
func (c checked) judge(file rulesFile, err error) (checked, error) {
	var problems refresh.Problems
	var wrong masking.Problems
	if err != nil && !errors.As(err, &problems) && !errors.As(err, &wrong) {
		return c, err
	}
	if c.OK = err == nil; c.OK {
		c.Warnings = append(c.Warnings, c.plan.Warnings...)
		return c, nil
	}
	if !errors.As(err, &c.wrong) {
		errors.As(file.locate(err), &c.wrong)
	}
	c.Problems = c.wrong.placed()
	return c, nil
}

func (a *app) showChecked(c checked) error {
	if a.json {
		if err := a.printJSON(c); err != nil {
			return err
		}
	} else {
		for _, p := range c.Problems {
			fmt.Fprintln(a.out, rulesFile{c.Rules, c.text()}.describe(p.Problem))
		}
		for _, warning := range c.Warnings {
			fmt.Fprintln(a.out, "warning:", warning)
		}
	}
	if !c.OK {
		err := fmt.Errorf("%w: %s", errRefused, counted(len(c.Problems), "problem"))
		if a.json {
			err = errors.Join(err, errShown)
		}
		return err
	}
	if !a.json {
		columns := 0
		for _, t := range c.plan.Tables {
			columns += len(t.Columns)
		}
		into := "; no target was named, so that none was judged"
		if c.Target != "" {
			into = ", into " + c.plan.Annex.Target
		}
		fmt.Fprintf(a.out, "%s and %s agree: %s, %s%s\n", c.Rules, c.plan.Annex.Source, counted(len(c.plan.Tables), "table"), counted(columns, "column"), into)
	}
	return nil
}

// text is the rules file that the problems are in.
func (c checked) text() []byte {
	if c.wrong == nil {
		return nil
	}
	return c.wrong.file.text
}
