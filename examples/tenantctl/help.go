package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// jsonShapes is the help on JSON. Members may be added; those told here stay.
const jsonShapes = `With --json, standard output is one JSON document: what the command found or did, or an error. Messages for people go to standard error.
Times are RFC 3339 in UTC. Fixed values of rules, secrets and passwords are in none of them. New members may come; these stay.

an error     error (text), exit_code, refused (nothing was changed), problems [{file, line, table, column, message, remedy}],
             findings [{table, rows, message}], refresh, state, advice
secret new   file, fingerprint
inspect      database, file (with -o), rules (without -o: the rules file as text), tenants (a hint, or ""), open [problem], tables [{name, global,
             references [{columns, to}], columns [{name, rule, certain, why}]}]; rule is "" where none is proposed
check        ok, rules, database, target, problems as above, warnings [text]
diff         differs, changes [{kind: added, removed or changed, table, column, what, old, new, hidden, old_line, new_line}]; with a database
             differences [{kind: new or gone, table, column, type, use, line, near, proposal {rule, certain, why}}]
tenant add   a tenant: id, name, kind, generation, settings, outage, provenance, and its database
tenant list  a list of tenants
tenant settings
             tenant, settings, gates {mail, callout, workflow}: "allowed" or "refused: why"
policy       may_unmask [name]
plan         source, target, masked, audience, keys, checking, tables [{name, disposition, columns [{name, op, rule}], references}], dropped, warnings,
             annex {rows, target_rows, create, losses {counted, why, tables}, …}, hash; held {refresh, state, advice} where another refresh has to end
             first
request      a refresh: id, version, request, state, admitted, acknowledged, …
run          the receipt; where the target stays closed until later: refresh, state, until
status       a list of refreshes, the newest first; with an ID one of them, with its receipt
verify       refresh, receipts (length of the chain), rows, findings
cancel, abandon
             refresh, state
`

// profileHelp is the help on profiles.
const profileHelp = `A profile says what this copy is to be. It is a JSON file that tenantctl plan, check, request and run take by --profile; each member may be left out.

` + exampleProfile + `
dispositions  by table: copy, keep (the target's rows stay), empty or untouched; --keep and --empty add to them
keys          by table, where the rules say key: tag (prefix, suffix), key: offset (first, last, base) or key: station (stations); the same for a target
              from refresh to refresh, and another for each target
audience      whom the fakes are made for; the target where it is left out
tolerance     how much more may be lost than was agreed to, in each table: rows, and percent of what was agreed to
uncounted     true: what the target will lose is not counted
settings      rest and named {setting: choice}: default, copy, keep, three-way, three-way-keep or three-way-copy
`

// exampleProfile says something of everything.
const exampleProfile = `{
  "dispositions": {"audit_log": "empty", "saved_views": "keep"},
  "keys": {"items": {"prefix": "S-"}, "invoices": {"first": 1, "last": 999999, "base": 5000000}, "sites": {"stations": {"1": "901"}}},
  "audience": "partners",
  "tolerance": {"rows": 20, "percent": 5},
  "uncounted": false,
  "settings": {"rest": "default", "named": {"theme": "keep"}}
}
`

// topics are helps that belong to no command.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodes},
		{Use: "profile", Short: "What a profile may say", Long: profileHelp},
		{Use: "json", Short: "What --json prints", Long: jsonShapes},
	}
}

// needsSubcommand makes a command say how it is used where its subcommand is missing or unknown.
func needsSubcommand(c *cobra.Command) *cobra.Command {
	c.RunE = func(c *cobra.Command, args []string) error {
		what := "a subcommand is missing"
		if len(args) > 0 {
			what = fmt.Sprintf("there is no subcommand %q", args[0])
		}
		return fmt.Errorf("%s\n%s", what, c.UsageString())
	}
	return c
}

// lines gives examples the indent that help texts have.
func lines(examples ...string) string { return "  " + strings.Join(examples, "\n  ") }
