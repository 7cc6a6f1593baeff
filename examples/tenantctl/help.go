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

// topics are helps that belong to no command.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodes},
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
