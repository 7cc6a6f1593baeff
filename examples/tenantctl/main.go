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
// Exit codes: 0 done, 1 an error, 2 refused with nothing changed, 3 the target differs from its receipt.
//
// Tenants, refreshes and receipts are kept in a SQLite file of its own (--state), never in the source. Where tenants share the tables of one database,
// three small tables named retenant_… stand beside the tenants' own: the fence, the commit marker and the key mappings belong into the landing's transaction.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// The exit codes.
const (
	exitDone    = 0
	exitError   = 1
	exitRefused = 2
	exitDiffers = 3
)

// Errors that have an exit code of their own.
var (
	errRefused = errors.New("refused")
	errDiffers = errors.New("the target differs from its receipt")
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{stdin: os.Stdin, out: os.Stdout, err: os.Stderr}
	err := a.command().ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errShown) {
		fmt.Fprintln(os.Stderr, "tenantctl:", err)
	}
	stop()
	os.Exit(exitCode(err))
}

// errShown is joined to an error that has been printed already.
var errShown = errors.New("shown")

func exitCode(err error) int {
	var problems masking.Problems
	var step *refresh.StepError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &step):
		return exitError // a run that had begun, whatever the cause
	case errors.Is(err, errDiffers):
		return exitDiffers
	case errors.Is(err, errRefused), errors.Is(err, refresh.ErrRefusedPlan), errors.Is(err, refresh.ErrRefusedRequest), errors.Is(err, refresh.ErrPlanChanged),
		errors.Is(err, tenancy.ErrProduction), errors.Is(err, tenancy.ErrSameTenant), errors.As(err, &problems):
		return exitRefused
	default:
		return exitError
	}
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

Exit codes: 0 done, 1 an error, 2 refused with nothing changed, 3 the target differs from its receipt.`,
		Example: lines(
			"tenantctl secret new secret.key",
			"tenantctl inspect sqlite:prod.db -o rules.yaml",
			"tenantctl tenant add prod --kind production --database sqlite:prod.db",
			"tenantctl tenant add sandbox --kind sandbox --database sqlite:sandbox.db",
			"tenantctl plan --from prod --to sandbox --rules rules.yaml",
			"tenantctl run --from prod --to sandbox --rules rules.yaml --purpose develop --secret-file secret.key",
			"tenantctl verify --last --secret-file secret.key"),
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().StringVar(&a.state, "state", "tenantctl.db", "SQLite file that holds tenants, refreshes and receipts")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print JSON")
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.AddCommand(a.secretCommand(), a.inspectCommand(), a.tenantCommand(), a.planCommand(), a.runCommand(), a.statusCommand(), a.verifyCommand(), a.cancelCommand(), a.abandonCommand())
	return root
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
