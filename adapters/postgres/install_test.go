package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/internal/testdb"
	"github.com/retenant/retenant/adapters/postgres"
	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// stateTables are the tables of retenant, in the order in which they are made.
var stateTables = []string{"retenant_fence", "retenant_commit", "retenant_key_set", "retenant_retired_key", "retenant_row_digest"}

// installing is a database with the tables of retenant and a copy of the form of each.
func installing(t *testing.T) (*sqlx.DB, *sqldata.Database) {
	t.Helper()
	db := open(t, testdb.Postgres(t))
	data := postgres.Shared(db, sqldata.Config{})
	if err := data.Fence(t.Context(), sandbox, 1); err != nil {
		t.Fatal(err)
	}
	var made []string
	if err := db.SelectContext(t.Context(), &made, "SELECT relname FROM pg_class WHERE relname LIKE 'retenant%' AND relkind = 'r' ORDER BY oid"); err != nil || !slices.Equal(made, stateTables) {
		t.Fatalf("the tables are %v, %v", made, err)
	}
	for _, table := range stateTables {
		must(t, db, "CREATE TABLE form_of_"+table+" (LIKE "+table+" INCLUDING ALL)")
	}
	return db, data
}

// complete checks that all tables are there, by using them.
func complete(t *testing.T, db *sqlx.DB) {
	t.Helper()
	for _, table := range stateTables {
		must(t, db, "SELECT * FROM "+table)
	}
}

// Another process is making a table while this one comes to it, and goes on only later. The tables before it are there already: all are missing in a
// database that is new, some in one that an older version used.
func TestN4_TablesThatAnotherProcessIsMaking(t *testing.T) {
	for first := range stateTables {
		t.Run(fmt.Sprintf("%d are there", first), func(t *testing.T) {
			db, data := installing(t)
			for _, table := range stateTables[first:] {
				must(t, db, "DROP TABLE "+table)
			}
			other, err := db.Connx(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = other.Close() })
			must(t, other, "BEGIN", "CREATE TABLE "+stateTables[first]+" (LIKE form_of_"+stateTables[first]+" INCLUDING ALL)")
			fenced := make(chan error, 1)
			go func() { fenced <- data.Fence(context.WithoutCancel(t.Context()), partner, 1) }()
			for waiting := 0; waiting == 0; {
				if err := db.GetContext(t.Context(), &waiting, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
			must(t, other, "COMMIT")
			if err := <-fenced; err != nil {
				t.Fatalf("two processes made the tables at once: %v", err)
			}
			complete(t, db)
			token, err := data.Token(t.Context(), sandbox)
			if err != nil || (token == 1) != (first > 0) {
				t.Errorf("the token of another tenant is %d, %v", token, err)
			}
		})
	}
}

// Many processes begin their first refresh in one database, which is new or has three of the tables.
func TestN4_ManyFirstRefreshesAtOnce(t *testing.T) {
	db, _ := installing(t)
	for round := range 6 {
		for _, table := range stateTables[round%2*3:] {
			must(t, db, "DROP TABLE "+table)
		}
		var wg sync.WaitGroup
		for i := range 4 {
			data := postgres.Shared(db, sqldata.Config{})
			wg.Go(func() {
				if err := data.Fence(t.Context(), tenancy.ID(fmt.Sprint(100+i)), refresh.Token(round+1)); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
		complete(t, db)
	}
}

// Who may not make tables is told so.
func TestN4_TablesThatCannotBeMade(t *testing.T) {
	address := testdb.Postgres(t)
	role, asRole := plainRole(t, address)
	must(t, open(t, address), "GRANT USAGE ON SCHEMA public TO "+role)
	err := postgres.Shared(open(t, asRole), sqldata.Config{}).Fence(t.Context(), sandbox, 1)
	if err == nil || !strings.Contains(err.Error(), "making the tables of retenant: permission denied") {
		t.Errorf("a role that may make no table is told %v", err)
	}
}
