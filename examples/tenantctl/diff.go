package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/masking/classify"
)

// The exit codes of diff are those of diff(1), see exitCodes.
var (
	errDifference = codeError{errors.Join(errors.New("there are differences"), errShown), exitError}
	exitTrouble   = exitRefused
)

func (a *app) diffCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "diff RULES RULES|URL", Short: "Tell what differs between two rules files, or between one and a database",
		Long: `Compares what two rules files say, not how they are written: tables, columns, masks and their parameters, reasons, references. Fixed values are never shown.

With a database's URL, it lists the columns and tables that the rules do not classify, with a proposal for each, and the rules whose column or table is gone. Whether
the rules fit, tenantctl check tells.

The exit code is 0 without a difference, 1 with one, and 2 where they could not be compared.`,
		Example: lines("tenantctl diff rules.yaml new.yaml", "tenantctl diff rules.yaml sqlite:prod.db", "tenantctl diff rules.yaml new.yaml --json"),
		Args: func(c *cobra.Command, args []string) error {
			if err := cobra.ExactArgs(2)(c, args); err != nil {
				return codeError{err, exitTrouble}
			}
			return nil
		},
		ValidArgsFunction: completeRulesAndDatabase(true),
		RunE: func(c *cobra.Command, args []string) error {
			differs, err := a.diff(c.Context(), args[0], args[1])
			switch {
			case err != nil:
				return codeError{err, exitTrouble}
			case differs:
				return errDifference
			}
			return nil
		},
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return codeError{err, exitTrouble} })
	return c
}

// isURL tells a database's URL from the name of a file.
func isURL(text string) bool {
	scheme, _, found := strings.Cut(text, ":")
	return found && (scheme == "sqlite" || scheme == "postgres" || scheme == "postgresql")
}

// diff prints what differs and tells whether anything does.
func (a *app) diff(ctx context.Context, first, second string) (bool, error) {
	if isURL(first) {
		return false, errors.New("the rules file comes first; write tenantctl diff RULES URL")
	}
	rules, _, err := readRules(ctx, first)
	if err != nil {
		return false, err
	}
	if !isURL(second) {
		other, _, err := readRules(ctx, second)
		if err != nil {
			return false, err
		}
		changes := masking.Diff(rules, other)
		return len(changes) > 0, a.showChanges(first, second, changes)
	}
	d, err := parseDatabase(second)
	if err != nil {
		return false, err
	}
	description, err := describe(ctx, d, sharesTables(rules))
	if err != nil {
		return false, err
	}
	drift := classify.Drift(rules, &description.Schema)
	return len(drift) > 0, a.showDrift(first, description.Facts.Database, drift)
}

func (a *app) showChanges(first, second string, changes []masking.Change) error {
	if a.json {
		if changes == nil {
			changes = []masking.Change{}
		}
		return a.printJSON(map[string]any{"differs": len(changes) > 0, "changes": changes})
	}
	if len(changes) == 0 {
		return nil
	}
	fmt.Fprintf(a.out, "- %s\n+ %s\n\n", first, second)
	var rows []string
	for _, c := range changes {
		sign, at := "~", second
		line := c.NewLine
		switch c.Kind {
		case masking.Added:
			sign = "+"
		case masking.Removed:
			sign, at, line = "-", first, c.OldLine
		}
		rows = append(rows, fmt.Sprintf("%s %s\t%s\t%s", sign, placeOf(c.Table, c.Column), told(c), atLine(at, line)))
	}
	aligned(a.out, rows...)
	return nil
}

// told gives a change in words.
func told(c masking.Change) string {
	oneLine := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	switch {
	case c.Kind == masking.Added:
		return c.What + " " + oneLine(c.New)
	case c.Kind == masking.Removed:
		return c.What + " " + oneLine(c.Old)
	case c.Hidden:
		return c.What + ": another, not shown"
	}
	words := [2]string{oneLine(c.Old), oneLine(c.New)}
	for i := range words {
		if words[i] == "" {
			words[i] = "(none)"
		}
	}
	return c.What + ": " + words[0] + " → " + words[1]
}

// placeOf names a table or column, or the rules as a whole.
func placeOf(table, column string) string {
	switch {
	case table == "":
		return "(all tables)"
	case column == "":
		return cell(table)
	}
	return cell(table) + "." + cell(column)
}

func atLine(file string, line int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// difference is a difference of rules and schema as JSON.
type difference struct {
	Kind     string        `json:"kind"` // new or gone
	Table    string        `json:"table"`
	Column   string        `json:"column,omitempty"`
	Type     string        `json:"type,omitempty"`
	Use      string        `json:"use,omitempty"`
	Line     int           `json:"line,omitempty"`
	Near     string        `json:"near,omitempty"`
	Proposal *proposedRule `json:"proposal,omitempty"`
}

func (a *app) showDrift(rules, database string, drift []classify.Difference) error {
	if a.json {
		list := []difference{}
		for _, d := range drift {
			shown := difference{Kind: "gone", Table: d.Table, Column: d.Column, Type: d.Type, Use: d.Use, Line: d.Line, Near: d.Near}
			if d.New {
				shown.Kind = "new"
			}
			if d.New && d.Column != "" {
				shown.Proposal = &proposedRule{"", d.Proposal.Column.String(), d.Proposal.Certain, d.Proposal.Why}
			}
			list = append(list, shown)
		}
		return a.printJSON(map[string]any{"differs": len(list) > 0, "differences": list})
	}
	if len(drift) == 0 {
		return nil
	}
	fmt.Fprintf(a.out, "- %s\n+ %s\n\n", rules, database)
	var rows []string
	for _, d := range drift {
		near := ""
		switch {
		case d.Near != "" && d.New:
			near = "; was it " + cell(d.Near) + "?"
		case d.Near != "":
			near = "; is it " + cell(d.Near) + " now?"
		}
		switch {
		case !d.New:
			rows = append(rows, fmt.Sprintf("- %s\tis gone, and %s names it%s\t%s", placeOf(d.Table, d.Column), d.Use, near, atLine(rules, d.Line)))
		case d.Column == "":
			rows = append(rows, fmt.Sprintf("+ %s\tthe rules say nothing of this table; see tenantctl inspect%s", placeOf(d.Table, ""), near))
		default:
			proposal := "no rule is proposed: " + d.Proposal.Why
			if rule := d.Proposal.Column.String(); rule != "" {
				proposal = fmt.Sprintf("proposed: %s (%s)", rule, d.Proposal.Why)
			}
			rows = append(rows, fmt.Sprintf("+ %s\t%s is not classified; %s%s", placeOf(d.Table, d.Column), d.Type, proposal, near))
		}
	}
	aligned(a.out, rows...)
	return nil
}
