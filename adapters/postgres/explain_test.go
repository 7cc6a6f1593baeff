package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
)

// TestExplainShowsNoValue makes the server return errors whose detail, message or context hold a value.
func TestExplainShowsNoValue(t *testing.T) {
	db := database(t, "CREATE TABLE people (id integer PRIMARY KEY, name varchar(12) UNIQUE CHECK (name <> 'secret two'), boss integer REFERENCES people)", "INSERT INTO people VALUES (1, 'secret')",
		"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 99 THEN RAISE 'no % here', NEW.name; END IF; RETURN NEW; END $$",
		"CREATE TRIGGER refusing BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION refuse()")
	for statement, want := range map[string]string{
		"INSERT INTO people VALUES (2, 'secret')":                       "writing: table people: constraint people_name_key: two rows would have the same value under it (SQLSTATE 23505)",
		"INSERT INTO people VALUES (2, 'x', 77)":                        "writing: table people: constraint people_boss_fkey: a row refers to one that is not there",
		"INSERT INTO people VALUES (2, 'secret two')":                   "writing: table people: constraint people_name_check: a row does not meet its condition",
		"INSERT INTO people VALUES (2, 'a secret that is much longer')": "writing: value too long for type character varying(12)",
		"INSERT INTO people VALUES (NULL, 'secret')":                    "writing: table people, column id: a row has NULL",
		"SELECT CAST('secret' AS integer)":                              "writing: a value does not fit the type of its column (SQLSTATE 22P02)",
		"SELECT CAST('secret' AS date)":                                 "writing: a value does not fit the type of its column (SQLSTATE 22007)",
		"INSERT INTO people VALUES (99, 'secret')":                      "writing: a function of the host refused it; the server's log says why (SQLSTATE P0001)",
		"SELECT 1 FROM nowhere":                                         `writing: relation "nowhere" does not exist: the schema changed since the plan was made; plan again (SQLSTATE 42P01)`,
	} {
		_, err := db.Exec(statement)
		explained := explain(fmt.Errorf("writing: %w", err))
		var server *pgconn.PgError
		if !strings.HasPrefix(explained.Error(), want) || strings.Contains(explained.Error(), "secret") {
			t.Errorf("%v instead of %s", explained, want)
		}
		if !errors.As(explained, &server) || server.Code == "" {
			t.Errorf("%v has lost its cause", explained)
		}
		if again := explain(fmt.Errorf("again: %w", explained)); again.Error() != "again: "+explained.Error() {
			t.Errorf("explained twice: %v", again)
		}
	}
}

func TestExplainSaysWhatToDo(t *testing.T) {
	for code, want := range map[string]string{"53100": "make room", "40P01": "run again", "55P03": "pg_blocking_pids", "25P03": "run again", "42501": "preconditions", "57014": "cancelled", "53300": "max_connections"} {
		err := explain(&pgconn.PgError{Code: code, Message: "m", Detail: "secret", Where: "secret", Hint: "secret"})
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, err := range []error{nil, context.Canceled, fmt.Errorf("reading: %w", context.DeadlineExceeded), errors.New("something else")} {
		if explain(err) != err {
			t.Errorf("%v was changed to %v", err, explain(err))
		}
	}
	if err := explain(fmt.Errorf("reading: %w", io.ErrUnexpectedEOF)); !strings.Contains(err.Error(), "connection to the database is lost") || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

// TestExplainOfLostSessions ends a session in the middle of a transaction.
func TestExplainOfLostSessions(t *testing.T) {
	db := database(t)
	err := inTransaction(t, db, func(conn *sqlx.Conn) error {
		var pid int
		if err := conn.GetContext(t.Context(), &pid, "SELECT pg_backend_pid()"); err != nil {
			return err
		}
		if _, err := db.Exec("SELECT pg_terminate_backend($1, 5000)", pid); err != nil {
			return err
		}
		_, err := conn.ExecContext(t.Context(), "SELECT 1")
		return err
	})
	if err = explain(err); err == nil || !strings.Contains(err.Error(), "run again") {
		t.Errorf("%v", err)
	}
}

func inTransaction(t *testing.T, db *sqlx.DB, do func(*sqlx.Conn) error) error {
	t.Helper()
	conn := connection(t, db)
	if err := (dialect{}).BeginStage(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	return do(conn)
}
