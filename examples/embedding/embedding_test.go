package embedding_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/masking"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

const rulesFile = `
version: 1
tenant_column: tenant_id
tables:
  persons:
    columns:
      name: last_name
      email: {mask: email, domain: login}
      vip: {pass: a flag that identifies nobody}
`

const personsTable = `CREATE TABLE persons (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL, name TEXT, email TEXT, vip INTEGER);
INSERT INTO persons (tenant_id, name, email, vip) VALUES (1, 'Lovelace', 'ada@example.com', 1), (2, 'Old', 'old@example.com', 0), (1, 'Hopper', 'grace@example.com', 0)`

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// The embedding example of README.md.
func Example() {
	dir, err := os.MkdirTemp("", "retenant")
	check(err)
	defer os.RemoveAll(dir)
	ctx, key := context.Background(), []byte("a secret of at least thirty-two bytes")

	// The product's database, in which tenants share tables, and one for the people's side.
	crm, err := sqlite.Open(ctx, filepath.Join(dir, "crm.db"), sqlite.Create)
	check(err)
	defer crm.Close()
	crm.MustExec(personsTable)
	people, err := sqlite.Open(ctx, filepath.Join(dir, "refreshes.db"), sqlite.Create)
	check(err)
	defer people.Close()
	check(sqlstore.Install(ctx, people))
	store, err := sqlstore.NewStore(people)
	check(err)
	directory, err := sqlstore.NewDirectory(people)
	check(err)

	// Who may be replaced, and what the data is.
	check(directory.Declare(ctx, tenancy.Tenant{ID: "1", Name: "acme", Kind: tenancy.Production}))
	check(directory.Declare(ctx, tenancy.Tenant{ID: "2", Name: "acme sandbox", Kind: tenancy.Sandbox}))
	rules, err := masking.ParseRules([]byte(rulesFile))
	check(err)
	secret, err := masking.NewSecret(key)
	check(err)

	// Two values act: the desk for people, the runner for the machine.
	data := sqlite.Shared(crm, sqldata.Config{})
	desk := refresh.Desk{Store: store, Directory: directory, Now: time.Now}
	runner := refresh.Runner{Store: store, Directory: directory, Source: data, Target: data,
		Rules: rules, Secret: secret, Now: time.Now}

	// Ask, look at the plan, agree to it, run.
	request := refresh.Request{Source: "1", Target: "2", Purpose: refresh.Develop, By: "ann"}
	admitted, err := desk.Request(ctx, request)
	check(err)
	plan, err := runner.Plan(ctx, request)
	check(err)
	check(desk.Acknowledge(ctx, admitted.ID, plan))
	done, err := runner.Run(ctx, admitted.ID)
	check(err)

	for _, t := range done.Receipt.Tables {
		fmt.Println(done.State, t.Name, t.Written)
	}
	_, err = desk.Request(ctx, refresh.Request{Source: "2", Target: "1", Purpose: refresh.Develop, By: "ann"})
	fmt.Println(err)
	// Output:
	// opened persons 2
	// request refused (2 to 1): tenant 1 (kind: production): tenant counts as production and is never the target of a refresh
}

// TestReadmeShowsTheExample keeps the README's code the code that is compiled and run here.
func TestReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("embedding_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```go\n")
	code, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("README.md shows no Go code")
	}
	trimmed := func(text string) string {
		lines := strings.Split(text, "\n")
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
		}
		return strings.Join(lines, "\n")
	}
	for part := range strings.SplitSeq(trimmed(code), "\n\n") {
		if part = strings.TrimSpace(part); part != "" && !strings.Contains(trimmed(string(source)), part) {
			t.Errorf("README.md shows code that the example does not run:\n%s", part)
		}
	}
}
