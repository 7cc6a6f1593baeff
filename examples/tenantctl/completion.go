package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
)

// complete adds the command that prints a shell's completion script, and examples to what cobra makes.
func (a *app) complete(root *cobra.Command) {
	root.InitDefaultCompletionCmd("") // "" is any argument: the command is made before it is known which one is run
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			c.Example = lines("tenantctl completion bash", "tenantctl completion zsh")
			for _, shell := range c.Commands() {
				shell.Example = lines("tenantctl completion "+shell.Name(), "tenantctl completion "+shell.Name()+" --no-descriptions")
			}
		case "help":
			c.Example = lines("tenantctl help run", "tenantctl help exit-codes")
		}
	}
	_ = root.MarkPersistentFlagFilename("state", "db")
}

type completer = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// tenantNames completes the ID of a tenant. A state file that cannot be read completes nothing.
func (a *app) tenantNames(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	ctx := completing(c)
	s, err := a.openState(ctx, readState)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer s.Close()
	tenants, err := s.directory.Tenants(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var list []string
	for _, t := range tenants {
		list = append(list, fmt.Sprintf("%s\t%s", t.ID, strings.TrimPrefix(cell(t.Name)+", "+kindOf(t), ", ")))
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// tenantArgument completes the only argument of a command, a tenant.
func (a *app) tenantArgument(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.tenantNames(c, args, begun)
}

// refreshArgument completes the ID of a refresh: the only argument of a command, or the value of a flag.
func (a *app) refreshArgument(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	ctx := completing(c)
	s, err := a.openState(ctx, readState)
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer s.Close()
	all, err := s.refreshes(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	list := make([]string, len(all))
	for i, r := range all {
		list[i] = fmt.Sprintf("%s\t%s to %s, %s, %s", r.ID, r.Request.Source, r.Request.Target, r.State, instant(r.Admitted))
	}
	return list, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completing returns the context of a completion, which cobra leaves out where the command was not executed.
func completing(c *cobra.Command) context.Context {
	if ctx := c.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}

// completePlan completes what a plan is made from: tenants, the rules file, and its tables.
func (a *app) completePlan(c *cobra.Command) {
	for _, name := range []string{"from", "to"} {
		_ = c.RegisterFlagCompletionFunc(name, a.tenantNames)
	}
	completeFile(c, "rules", "yaml", "yml")
	completeFile(c, "profile", "json")
	for _, name := range []string{"keep", "empty"} {
		_ = c.RegisterFlagCompletionFunc(name, tablesOfRules)
	}
	_ = c.RegisterFlagCompletionFunc("unmasked-by", a.authorities)
}

// authorities completes who may authorize a copy without masks.
func (a *app) authorities(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	ctx := completing(c)
	s, err := a.openState(ctx, readState)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer s.Close()
	policy, err := s.policy(ctx)
	if err != nil {
		policy = refresh.Policy{}
	}
	return policy.MayUnmask, cobra.ShellCompDirectiveNoFileComp
}

// tablesOfRules completes a table by the rules file that stands on the same line.
func tablesOfRules(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	name, err := c.Flags().GetString("rules")
	if err != nil || name == "" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	rules, _, err := readRules(completing(c), name)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return tablesSorted(rules), cobra.ShellCompDirectiveNoFileComp
}

func tablesSorted(rules masking.Rules) []string {
	var list []string
	for name, t := range rules.Tables {
		if !t.Global {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// completeDatabase begins a database's URL; files of SQLite are completed behind its scheme by shells that take a colon for the end of a word.
func completeDatabase(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	if strings.HasPrefix(begun, "sqlite:") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return []string{"sqlite:\ta SQLite file", "postgres://\ta PostgreSQL database"}, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

// completeRulesAndDatabase completes a rules file, and then a database or, where either will do, a second file.
func completeRulesAndDatabase(either bool) completer {
	return func(c *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) == 0:
			return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		case len(args) == 1 && either:
			return nil, cobra.ShellCompDirectiveDefault
		case len(args) == 1:
			return completeDatabase(c, args, begun)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

func completeFile(c *cobra.Command, flag string, extensions ...string) {
	_ = c.MarkFlagFilename(flag, extensions...)
}

// completeWords completes one of some words, which may stand in one text with commas between them.
func completeWords(c *cobra.Command, flag string, words ...string) {
	list := strings.Split(strings.Join(words, ", "), ", ")
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp))
}
