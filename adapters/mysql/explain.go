package mysql

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	mysql "github.com/go-sql-driver/mysql"

	"github.com/retenant/retenant/adapters/internal/explained"
)

// explain turns an error of the driver into one that says what to do.
func explain(err error) error {
	if errors.Is(err, mysql.ErrPktTooLarge) && !errors.As(err, new(*explained.Error)) {
		return explained.New(err.Error()+" (a row is longer than the driver's parameter maxAllowedPacket; write it into the DSN, larger)", err)
	}
	return explained.By(err, meaning, func(err error) bool { return errors.Is(err, mysql.ErrInvalidConn) })
}

// A message names a column, an index or a constraint in one of these ways, after the value if it has one.
var (
	ofColumn     = regexp.MustCompile(`(?s).*for column ([^ ]+) at row \d+$`)
	ofIndex      = regexp.MustCompile("(?s).*for key '([^']+)'$")
	ofConstraint = regexp.MustCompile("CONSTRAINT `([^`]+)`|^Check constraint '([^']+)'")
)

// meaning says what an error of the server means. It shows the server's own message only where that cannot hold a value of a row.
func meaning(e *mysql.MySQLError) string {
	text, said := advice[e.Number]
	switch {
	case shown[e.Number]:
		if text = e.Message + ": " + text; !said {
			text = e.Message
		}
	case !said:
		text = "the server refused the statement; its error number says why"
	}
	if m := ofColumn.FindStringSubmatch(e.Message); m != nil {
		name := m[1][strings.LastIndex(m[1], ".")+1:] // MariaDB puts database and table before it at times
		text = "column " + strings.Trim(name, "'`") + ": " + text
	} else if m := ofIndex.FindStringSubmatch(e.Message); m != nil {
		text = "index " + m[1] + ": " + text
	} else if m := ofConstraint.FindStringSubmatch(e.Message); m != nil && !shown[e.Number] {
		text = "constraint " + m[1] + m[2] + ": " + text
	}
	return fmt.Sprintf("%s (error %d)", text, e.Number)
}

// shown are the errors whose message names objects, users and settings only.
var shown = map[uint16]bool{1040: true, 1044: true, 1045: true, 1048: true, 1049: true, 1054: true, 1114: true, 1142: true, 1143: true, 1146: true, 1153: true, 1203: true,
	1226: true, 1227: true, 1235: true, 1290: true, 1364: true, 1370: true, 1665: true, 1698: true, 1792: true, 3948: true, 4166: true}

// advice says what to do about an error.
var advice = map[uint16]string{
	1020: "others changed the same row at the same time; the work is undone: run again",
	1021: "the server's disk is full; the work is undone: make room for a second copy of the tenant's rows and run again",
	1036: "the table is read-only; name the primary server as the target",
	1037: "the server is out of memory; run again when it has less to do",
	1038: "the server is out of memory for sorting; raise sort_buffer_size, or run again when it has less to do",
	1040: "the server takes no more connections; raise max_connections, or let the host use fewer",
	1044: "GRANT the user rights on the database; the plan's preconditions name the statement",
	1045: "check the user, the password and the host that the user may come from",
	1048: "a row has no value there, and must have one",
	1049: "check the name of the database in the DSN",
	1053: "the server is going down; the work is undone: run again when it answers",
	1054: "the schema changed since the plan was made; plan again",
	1062: "two rows would have the same value under it",
	1105: "the server cannot do this; its log says why",
	1114: "the server's disk or tablespace is full; the work is undone: make room for a second copy of the tenant's rows and run again",
	1142: "the plan's preconditions name the statement that grants the right",
	1143: "the plan's preconditions name the statement that grants the right",
	1146: "the schema changed since the plan was made; plan again",
	1153: "a row is longer than the server takes; SET GLOBAL max_allowed_packet to more",
	1203: "the user has too many connections; raise max_user_connections, or let the host use fewer",
	1205: "somebody holds a lock for longer than 30 seconds; end the transaction that information_schema.innodb_trx shows, and run again",
	1206: "the server has no room for more locks; raise innodb_buffer_pool_size and run again",
	1213: "others waited for the same rows in another order; the work is undone: run again",
	1226: "the user has used up a limit; raise it, or run again later",
	1227: "the user lacks a right; GRANT it",
	1264: "a number does not fit the type of its column",
	1265: "a value does not fit the type of its column",
	1290: "an option of the server forbids it; name the primary server as the target",
	1292: "a value does not fit the type of its column",
	1317: "the statement was cancelled by somebody; run again",
	1364: "a row has no value there, and must have one",
	1366: "a value does not fit the type or the character set of its column",
	1406: "a value is longer than its column takes; use a mask that is shorter, or widen the column",
	1412: "the schema changed while the snapshot was open; run again when nobody changes it",
	1451: "a row was taken out to which others refer",
	1452: "a row refers to one that is not there",
	1467: "the counter of the table's keys has no numbers left; ALTER TABLE … MODIFY the key to bigint",
	1526: "the table has no partition for a value; add one",
	1665: "SET GLOBAL binlog_format = 'ROW'",
	1792: "name the primary server as the target",
	1927: "an administrator ended the session; the work is undone: run again",
	1969: "the statement took longer than the server allows; raise max_statement_time for the user",
	3024: "the statement took longer than the server allows; raise max_execution_time for the user",
	3819: "a row does not meet its condition",
	3948: "the server takes no rows from a client by LOAD DATA; SET GLOBAL local_infile = ON, or do without",
	4025: "a row does not meet its condition",
	4166: "the server takes no rows from a client by LOAD DATA; SET GLOBAL local_infile = ON, or do without",
}
