// Command quickstart shows one masked refresh from beginning to end: it makes a CRM whose four tenants share their tables, replaces the sandbox of one of
// them by a masked copy of production, looks at the result, changes the source and does it again.
//
//	go run ./examples/quickstart
//
// It needs nothing but Go. The databases stay behind in a new folder, or in the one that -dir names.
package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

//go:embed rules.yaml
var rulesFile []byte

func main() {
	dir := flag.String("dir", "", "folder for the databases (a new one)")
	rows := flag.Int("rows", 100_000, "about how many rows to make")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *dir, *rows); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, dir string, rows int) (err error) {
	if dir, err = folder(dir); err != nil {
		return err
	}

	// The host's database. All tenants share its tables; the column tenant_id tells whose a row is.
	crm, err := sqlite.Open(ctx, filepath.Join(dir, "crm.db"), sqlite.Create)
	if err != nil {
		return err
	}
	defer crm.Close()
	heading(out, "A CRM whose tenants share their tables")
	if err := makeCRM(ctx, crm, rows); err != nil {
		return err
	}
	if err := showTenants(ctx, out, crm); err != nil {
		return err
	}

	// What has to survive a process: refreshes, leases, receipts, and who the tenants are. It has a file of its own, since a landing
	// keeps the write lock of the tenants' file while it lasts.
	state, err := sqlite.Open(ctx, filepath.Join(dir, "state.db"), sqlite.Create)
	if err != nil {
		return err
	}
	defer state.Close()
	if err := sqlstore.Install(ctx, state); err != nil {
		return err
	}
	store, err := sqlstore.NewStore(state)
	if err != nil {
		return err
	}
	directory, err := sqlstore.NewDirectory(state)
	if err != nil {
		return err
	}
	live := tenancy.Settings{}.EnableCommunications().EnableWorkflows()
	for _, t := range []tenancy.Tenant{
		{ID: "acme", Name: "Acme", Kind: tenancy.Production, Settings: live},
		{ID: "globex", Name: "Globex", Kind: tenancy.Production, Settings: live},
		{ID: "initech", Name: "Initech", Kind: tenancy.Production, Settings: live},
		{ID: "acme-sandbox", Name: "Acme's sandbox", Kind: tenancy.Sandbox, Settings: live},
	} {
		if err := directory.Declare(ctx, t); err != nil {
			return err
		}
	}

	// The rules say what the data is, and the secret is what all fakes come from.
	rules, err := masking.ParseRules(rulesFile)
	if err != nil {
		return err
	}
	secret, err := newSecret(filepath.Join(dir, "secret"))
	if err != nil {
		return err
	}

	// People ask at the desk; the runner does the work.
	desk := &refresh.Desk{Store: store, Directory: directory, Now: time.Now}
	data := sqlite.Shared(crm, sqldata.Config{})
	runner := &refresh.Runner{Store: store, Directory: directory, Source: data, Target: data, Rules: rules, Secret: secret, Now: time.Now}

	heading(out, "Production is never a target")
	request := refresh.Request{Source: "acme-sandbox", Target: "acme", Purpose: refresh.Troubleshoot, By: "dana"}
	if _, err := desk.Request(ctx, request); err != nil {
		fmt.Fprintln(out, err)
	} else {
		return fmt.Errorf("a request to replace production was admitted")
	}

	heading(out, "The plan")
	request.Source, request.Target = "acme", "acme-sandbox"
	plan, err := runner.Plan(ctx, request) // changes nothing, and works before there is a request
	if err != nil {
		return err
	}
	fmt.Fprint(out, plan)

	heading(out, "The refresh")
	others, err := fingerprints(ctx, crm, "acme", "globex", "initech")
	if err != nil {
		return err
	}
	if err := replace(ctx, out, desk, runner, request, plan); err != nil {
		return err
	}
	if err := showUntouched(ctx, out, crm, others); err != nil {
		return err
	}
	if err := showPeople(ctx, out, crm); err != nil {
		return err
	}
	if err := showSettings(ctx, out, directory, "acme-sandbox"); err != nil {
		return err
	}

	heading(out, "The source changes, and the sandbox is refreshed again")
	before, err := look(ctx, crm)
	if err != nil {
		return err
	}
	if err := changeSource(ctx, out, crm); err != nil {
		return err
	}
	if others, err = fingerprints(ctx, crm, "acme", "globex", "initech"); err != nil {
		return err
	}
	if err := replace(ctx, out, desk, runner, request, plan); err != nil { // the same plan: what was agreed to did not change
		return err
	}
	if err := showUntouched(ctx, out, crm, others); err != nil {
		return err
	}
	if err := showStable(ctx, out, crm, before); err != nil {
		return err
	}
	showFiles(out, dir)
	return nil
}

// replace asks for a refresh, agrees to the plan, runs it, and prints the receipt.
func replace(ctx context.Context, out io.Writer, desk *refresh.Desk, runner *refresh.Runner, request refresh.Request, plan *refresh.Plan) error {
	admitted, err := desk.Request(ctx, request)
	if err != nil {
		return err
	}
	if err := desk.Acknowledge(ctx, admitted.ID, plan); err != nil {
		return err
	}
	runner.Progress = progress(out)
	done, err := runner.Run(ctx, admitted.ID)
	if err != nil {
		return err // the target is as it was or completely replaced; Run may be called again with the same ID
	}
	fmt.Fprintf(out, "\n%s", done.Receipt)
	return nil
}

// newSecret makes a secret in a file that nobody else may read. A product keeps it where it keeps its other secrets.
func newSecret(file string) (masking.Secret, error) {
	random := make([]byte, masking.MinSecretBytes)
	rand.Read(random)
	if err := os.WriteFile(file, random, 0o600); err != nil {
		return masking.Secret{}, err
	}
	return masking.NewSecret(random)
}

// folder makes the folder for the databases and refuses one that holds some.
func folder(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "retenant-quickstart-")
	}
	if _, err := os.Stat(filepath.Join(dir, "crm.db")); err == nil {
		return "", fmt.Errorf("%s holds a crm.db already; name another folder", dir)
	}
	return dir, os.MkdirAll(dir, 0o700)
}
