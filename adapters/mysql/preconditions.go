package mysql

import (
	"fmt"
	"slices"
	"strings"
)

// The oldest versions: the first whose counters of keys survive a restart, and whose catalogs have what is read here.
const (
	oldestMaria = 1005
	oldestMySQL = 800
)

// smallestPacket is the least that the server must take in one message: a batch of rows, with room.
const smallestPacket = 1 << 20

// preconditions returns what has to be mended first, each with the statement that does it.
func (c *catalog) preconditions(readOnly bool, lacking lacking) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	s := &c.server
	if s.maria && s.version < oldestMaria || !s.maria && s.version < oldestMySQL {
		add("the server's version is %s, and retenant needs MariaDB 10.5 or MySQL 8.0 or later", s.variables["version"])
	}
	if s.database == "" {
		add("the connection has no database: name one in the DSN, after the slash")
	}
	for _, t := range c.tables {
		switch {
		case t.Type == "SYSTEM VERSIONED":
			add("table %s keeps the versions of its rows, in which what a landing takes out would stay: ALTER TABLE %s DROP SYSTEM VERSIONING", t.Name, quote(t.Name))
		case t.Engine == nil:
			add("table %s cannot be opened: CHECK TABLE %s says why", t.Name, quote(t.Name))
		case !strings.EqualFold(*t.Engine, "InnoDB"):
			add("table %s has the engine %s, which has neither snapshots nor transactions: ALTER TABLE %s ENGINE = InnoDB", t.Name, *t.Engine, quote(t.Name))
		}
	}
	for _, privilege := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRIGGER"} {
		if tables := lacking.tables[privilege]; len(tables) > 0 {
			var statements []string
			for _, name := range tables {
				statements = append(statements, fmt.Sprintf("GRANT %s ON %s.%s TO %s", privilege, quote(s.database), quote(name), s.user))
			}
			why := "the user lacks rights"
			if privilege == "TRIGGER" {
				why = "the user cannot see which triggers would fire"
			}
			add("%s: %s", why, strings.Join(statements, "; "))
		}
	}
	if readOnly {
		return list
	}
	c.targetPreconditions(lacking, add)
	return list
}

// targetPreconditions are those of a database that is written to.
func (c *catalog) targetPreconditions(lacking lacking, add func(string, ...any)) {
	s := &c.server
	if len(lacking.makes) > 0 {
		statements := make([]string, len(lacking.makes))
		for i, name := range lacking.makes {
			statements[i] = fmt.Sprintf("GRANT CREATE, SELECT, INSERT, UPDATE ON %s.%s TO %s", quote(s.database), quote(name), s.user)
		}
		add("the user cannot make the tables of retenant: %s", strings.Join(statements, "; "))
	}
	if s.on("read_only") || s.on("super_read_only") || s.on("innodb_read_only") {
		add("the server is read-only: name the primary server as the target, or SET GLOBAL read_only = OFF")
	}
	if s.on("log_bin") && strings.EqualFold(s.variables["binlog_format"], "STATEMENT") {
		add("the binary log holds statements, and a landing's transaction needs one of rows: SET GLOBAL binlog_format = 'ROW'")
	}
	if packet := s.number("max_allowed_packet"); packet < smallestPacket {
		add("the server takes messages of %d bytes only: SET GLOBAL max_allowed_packet = %d, or more than the longest row", packet, 16<<20)
	}
	numbered := slices.ContainsFunc(c.columns, func(r columnRow) bool { return strings.Contains(strings.ToLower(r.Extra), "auto_increment") })
	if step := s.number("auto_increment_increment"); step > 1 && numbered {
		add("the server counts keys in steps of %d and leaves those in between to other servers, so that no consecutive ones can be reserved: "+
			"let one server take the writes and SET GLOBAL auto_increment_increment = 1 (Galera: wsrep_auto_increment_control = OFF)", step)
	}
}

// warnings are what deserves a look.
func (c *catalog) warnings(lacking lacking) (list []string) {
	s := &c.server
	if lacking.blind {
		list = append(list, fmt.Sprintf("the user cannot see the transactions that others have open when the outage begins, so that none is waited for: "+
			"GRANT PROCESS ON *.* TO %s, or give the runner a Drain hook that ends them", s.user))
	}
	if !s.on("wsrep_on") {
		return list
	}
	return append(list, fmt.Sprintf("the server is a node of a Galera cluster: a landing is one write set, and a cluster refuses those of more than wsrep_max_ws_rows (%s) rows or wsrep_max_ws_size (%s) bytes; "+
		"raise them on every node, let this node alone take writes during the landing, and try the size out on a copy", s.variables["wsrep_max_ws_rows"], s.variables["wsrep_max_ws_size"]))
}
