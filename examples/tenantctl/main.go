// Command tenantctl runs tenant refreshes from the command line: it looks at a database and proposes rules, makes a plan, runs it, and verifies the
// result. It uses retenant's public API alone, so that it is also an example of a host.
//
//	tenantctl secret new secret.key
//	tenantctl inspect sqlite:prod.db -o rules.yaml
//	tenantctl tenant add prod --kind production --database sqlite:prod.db
//	tenantctl tenant add sandbox --kind sandbox --database sqlite:sandbox.db
//	tenantctl plan --from prod --to sandbox --rules rules.yaml
//	tenantctl run --from prod --to sandbox --rules rules.yaml --purpose develop --secret-file secret.key
//	tenantctl verify --last --secret-file secret.key
//
//	tenantctl check rules.yaml sqlite:prod.db --target sqlite:sandbox.db
//
// The exit codes stand in exitcode.go, the shapes of JSON in help.go: tenantctl help exit-codes, tenantctl help json.
//
// Tenants, refreshes and receipts are kept in a SQLite file of its own (--state), never in the source. Where tenants share the tables of one database,
// a few tables named retenant_… stand beside the tenants' own: the fence, the commit marker, the key mappings and the digests of rows belong into the landing's
// transaction.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal ends what is being done, a second one the process
	a := &app{stdin: os.Stdin, out: onScreen(os.Stdout), err: onScreen(os.Stderr)}
	code := a.main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// main executes a command and tells its error: as text on standard error, or with --json as an object on standard output.
func (a *app) main(ctx context.Context, args []string) int {
	root := a.command()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil || errors.Is(err, errShown):
	case a.json || slices.Contains(args, "--json"): // also where another flag could not be read
		if errPrint := a.printJSON(failureOf(err)); errPrint != nil {
			fmt.Fprintln(a.err, "tenantctl:", err)
		}
	default:
		fmt.Fprintln(a.err, "tenantctl:", err)
	}
	return exitCode(err)
}

// app is what the commands have in common.
type app struct {
	stdin    *os.File
	out, err io.Writer
	state    string // --state
	json     bool   // --json
}

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "tenantctl",
		Short: "Replace a tenant by a masked copy of another",
		Long: `tenantctl replaces a sandbox by a masked copy of production, by rules that say what the data is. Nothing is written to the source. The target is
replaced as a whole, or stays as it was.

Databases are named by URL: sqlite:FILE or postgres://user@host/database. A URL has no password: PostgreSQL's comes from PGPASSWORD or from ~/.pgpass.

In the examples, $HASH is the hash of a plan, which tenantctl plan prints, and $ID a refresh, which tenantctl status lists.

See tenantctl help exit-codes and tenantctl help json for what scripts may rely on.`,
		Example: lines(
			"tenantctl secret new secret.key",
			"tenantctl inspect sqlite:prod.db -o rules.yaml",
			"tenantctl tenant add prod --kind production --database sqlite:prod.db",
			"tenantctl tenant add sandbox --kind sandbox --database sqlite:sandbox.db",
			"tenantctl plan --from prod --to sandbox --rules rules.yaml",
			"tenantctl run --from prod --to sandbox --rules rules.yaml --purpose develop --secret-file secret.key",
			"tenantctl verify --last --secret-file secret.key"),
		SilenceUsage: true, SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&a.state, "state", "tenantctl.db", "SQLite file that holds tenants, refreshes and receipts")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON, errors too; see tenantctl help json")
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.AddCommand(a.secretCommand(), a.inspectCommand(), a.checkCommand(), a.diffCommand(), a.tenantCommand(), a.policyCommand(), a.planCommand(), a.requestCommand(),
		a.runCommand(), a.statusCommand(), a.verifyCommand(), a.cancelCommand(), a.abandonCommand())
	root.AddCommand(topics()...)
	a.complete(root)
	return root
}
