package postgres

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/retenant/retenant/adapters/internal/explained"
)

// explain turns an error of the driver into one that says what to do.
func explain(err error) error {
	return explained.By(err, meaning, func(err error) bool {
		var connecting *pgconn.ConnectError
		return errors.As(err, &connecting) || strings.Contains(err.Error(), "conn closed")
	})
}

// meaning says what an error of the server means. It shows the server's own message only where that cannot hold a value of a row, and never its
// detail, hint or context.
func meaning(e *pgconn.PgError) string {
	at := ""
	if e.TableName != "" {
		at = "table " + e.TableName + ": "
		if e.ColumnName != "" {
			at = "table " + e.TableName + ", column " + e.ColumnName + ": "
		}
	}
	text, said := advice[e.Code]
	switch {
	case said && shown(e.Code):
		text = e.Message + ": " + text
	case said && e.ConstraintName != "":
		text = fmt.Sprintf("constraint %s: %s", e.ConstraintName, text)
	case said:
	case shown(e.Code):
		text = e.Message
	case strings.HasPrefix(e.Code, "22"):
		text = "a value does not fit the type of its column"
	case strings.HasPrefix(e.Code, "23"):
		text = fmt.Sprintf("a row breaks constraint %s", e.ConstraintName)
	default:
		text = "the server refused the statement; its log says why"
	}
	return fmt.Sprintf("%s%s (SQLSTATE %s)", at, text, e.Code)
}

// shown tells whether the message of an error names objects and settings only. Those of class 22 show the value, those of P0 are written
// by the host.
func shown(code string) bool {
	if len(code) < 2 {
		return false
	}
	switch code[:2] {
	case "08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58":
		return true
	}
	return code == "22001" || code == "2200H"
}

// advice says what to do about an error.
var advice = map[string]string{
	"08P01": "the server and the driver do not understand each other; see what stands between them",
	"0A000": "the server cannot do this here",
	"22001": "a value is longer than its column takes; use a mask that is shorter, or widen the column",
	"22003": "a number does not fit the type of its column",
	"22021": "a text holds bytes that the database's encoding does not have",
	"22P05": "a text holds characters that the database's encoding does not have",
	"2200H": "the sequence has no numbers left; ALTER SEQUENCE … AS bigint",
	"23502": "a row has NULL in a column that must have a value",
	"23503": "a row refers to one that is not there, or one that others refer to was taken out",
	"23505": "two rows would have the same value under it",
	"23514": "a row does not meet its condition",
	"23P01": "two rows exclude each other under it",
	"25006": "name the primary server as the target",
	"25P03": "the session did nothing for longer than it may within a landing; the work is undone: run again",
	"25P04": "the transaction took longer than the server allows; raise transaction_timeout for the role",
	"28000": "check the role and the server's pg_hba.conf",
	"28P01": "check the password",
	"3D000": "check the name of the database",
	"40001": "others changed the same rows at the same time; the work is undone: run again",
	"40P01": "others waited for the same rows in another order; the work is undone: run again",
	"42501": "the plan's preconditions name the statement that grants the right",
	"42703": "the schema changed since the plan was made; plan again",
	"42P01": "the schema changed since the plan was made; plan again",
	"53100": "the server's disk is full; the work is undone: make room for a second copy of the tenant's rows and run again",
	"53200": "the server is out of memory; run again when it has less to do",
	"53300": "the server takes no more connections; raise max_connections, or let the host use fewer",
	"55006": "somebody uses it; run again",
	"55P03": "somebody holds a lock for longer than 30 seconds; end the transaction that pg_blocking_pids names, and run again",
	"57014": "the statement was cancelled by somebody or by a timeout; run again",
	"57P01": "an administrator ended the session; the work is undone: run again",
	"57P02": "the server went down; the work is undone: run again",
	"57P03": "the server is starting or stopping; run again",
	"57P05": "the session was idle for longer than the server allows; the work is undone: run again",
	"58030": "the server cannot read or write its files; see its log",
	"P0001": "a function of the host refused it; the server's log says why",
}
