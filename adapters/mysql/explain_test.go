package mysql

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"
)

// TestExplainShowsNoValue makes the server return errors whose message holds a value.
func TestExplainShowsNoValue(t *testing.T) {
	db := database(t, "CREATE TABLE people (id int PRIMARY KEY, name varchar(12) UNIQUE CHECK (name <> 'secret two'), boss int, day date, FOREIGN KEY (boss) REFERENCES people (id))", "INSERT INTO people VALUES (1, 'secret', 1, NULL)",
		"CREATE TRIGGER refusing BEFORE INSERT ON people FOR EACH ROW IF NEW.id = 99 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no secret here'; END IF")
	for statement, want := range map[string]string{
		"INSERT INTO people VALUES (2, 'secret', 1, NULL)":                       "writing: index name: two rows would have the same value under it (error 1062)",
		"INSERT INTO people VALUES (2, 'x', 77, NULL)":                           "writing: constraint people_ibfk_1: a row refers to one that is not there",
		"INSERT INTO people VALUES (2, 'secret two', 1, NULL)":                   "writing: constraint people.name: a row does not meet its condition",
		"INSERT INTO people VALUES (2, 'a secret that is much longer', 1, NULL)": "writing: column name: a value is longer than its column takes",
		"INSERT INTO people VALUES (NULL, 'secret', 1, NULL)":                    "writing: Column 'id' cannot be null: a row has no value there",
		"INSERT INTO people VALUES ('secret', 'x', 1, NULL)":                     "writing: column id: a value does not fit",
		"INSERT INTO people VALUES (2, 'x', NULL, 'secret')":                     "writing: column day: a value does not fit",
		"INSERT INTO people VALUES (99, 'secret', 1, NULL)":                      "writing: the server refused the statement; its error number says why (error 1644)",
		"SELECT 'secret' FROM nowhere":                                           "writing: Table '",
		"SELECT secret()) FROM":                                                  "writing: the server refused the statement",
	} {
		_, err := db.Exec(statement)
		explained := explain(fmt.Errorf("writing: %w", err))
		var server *driver.MySQLError
		if explained == nil || !strings.HasPrefix(explained.Error(), want) || strings.Contains(explained.Error(), "secret") {
			t.Errorf("%s:\n%v instead of %s", statement, explained, want)
			continue
		}
		if !errors.As(explained, &server) || server.Number == 0 {
			t.Errorf("%v has lost its cause", explained)
		}
		if again := explain(fmt.Errorf("again: %w", explained)); again.Error() != "again: "+explained.Error() {
			t.Errorf("explained twice: %v", again)
		}
	}
}

func TestExplainSaysWhatToDo(t *testing.T) {
	for number, want := range map[uint16]string{1114: "make room", 1213: "run again", 1205: "innodb_trx", 1142: "preconditions", 1044: "GRANT", 1227: "GRANT", 1040: "max_connections", 1153: "max_allowed_packet",
		3024: "max_execution_time", 1969: "max_statement_time", 1665: "binlog_format", 1412: "schema changed", 1452: "not there", 1467: "bigint"} {
		err := explain(&driver.MySQLError{Number: number, Message: "m"})
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("(error %d)", number)) {
			t.Errorf("%d: %v", number, err)
		}
		hidden := explain(&driver.MySQLError{Number: number, Message: "secret"})
		if strings.Contains(hidden.Error(), "secret") != shown[number] {
			t.Errorf("%d: %v", number, hidden)
		}
	}
	for _, err := range []error{nil, context.Canceled, fmt.Errorf("reading: %w", context.DeadlineExceeded), errors.New("something else")} {
		if explain(err) != err {
			t.Errorf("%v was changed to %v", err, explain(err))
		}
	}
	for _, cause := range []error{io.ErrUnexpectedEOF, driver.ErrInvalidConn} {
		if err := explain(fmt.Errorf("reading: %w", cause)); !strings.Contains(err.Error(), "connection to the database is lost") || !errors.Is(err, cause) {
			t.Error(err)
		}
	}
	if err := explain(driver.ErrPktTooLarge); !strings.Contains(err.Error(), "maxAllowedPacket") {
		t.Error(err)
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{"10.11.19-MariaDB-0+deb12u1": "true 1011", "5.5.5-10.6.1-MariaDB": "true 1006", "8.0.36": "false 800", "8.4.0-commercial": "false 804", "11.4.2-MariaDB-log": "true 1104", "x": "false 0"} {
		maria, version := versionOf(text)
		if got := fmt.Sprint(maria, version); got != want {
			t.Errorf("%s is %s instead of %s", text, got, want)
		}
	}
}
