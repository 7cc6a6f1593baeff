package mysql

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
)

// server is what a server says of itself.
type server struct {
	variables map[string]string
	maria     bool // MariaDB, and not MySQL
	version   int  // 1011 is 10.11
	database  string
	user      string // quoted for GRANT
	grantee   string // as the catalog has it
	role      bool   // the user's rights come from a role too
}

func readServer(ctx context.Context, conn *sqlx.Conn) (server, error) {
	s := server{variables: map[string]string{}}
	var found []struct {
		Name  string `db:"Variable_name"`
		Value string `db:"Value"`
	}
	err := conn.SelectContext(ctx, &found, `SHOW SESSION VARIABLES WHERE Variable_name IN ('version', 'server_uid', 'server_uuid', 'hostname', 'port', 'datadir', 'read_only',
		'super_read_only', 'innodb_read_only', 'log_bin', 'binlog_format', 'max_allowed_packet', 'auto_increment_increment', 'wsrep_on', 'wsrep_max_ws_rows', 'wsrep_max_ws_size')`)
	if err != nil {
		return s, err
	}
	for _, v := range found {
		s.variables[strings.ToLower(v.Name)] = v.Value
	}
	s.maria, s.version = versionOf(s.variables["version"])
	var user string
	var database *string
	if err := conn.QueryRowxContext(ctx, "SELECT DATABASE(), CURRENT_USER()").Scan(&database, &user); err != nil {
		return s, err
	}
	if database != nil {
		s.database = *database
	}
	name, host, _ := cutLast(user, "@")
	s.user = quote(name) + "@" + quote(host)
	s.grantee = "'" + name + "'@'" + host + "'"
	var role *string
	if err := conn.GetContext(ctx, &role, "SELECT CURRENT_ROLE()"); err != nil {
		return s, err
	}
	s.role = role != nil && *role != "" && !strings.EqualFold(*role, "none")
	return s, nil
}

// versionOf reads what the server calls its version: 10.11.19-MariaDB-…, 8.0.36.
func versionOf(text string) (maria bool, version int) {
	text = strings.TrimPrefix(text, "5.5.5-") // what some proxies put before it
	parts := strings.SplitN(text, ".", 3)
	major, _ := strconv.Atoi(parts[0])
	minor := 0
	if len(parts) > 1 {
		minor, _ = strconv.Atoi(parts[1])
	}
	return strings.Contains(strings.ToLower(text), "mariadb"), major*100 + minor
}

func cutLast(text, at string) (before, after string, found bool) {
	i := strings.LastIndex(text, at)
	if i < 0 {
		return text, "%", false
	}
	return text[:i], text[i+len(at):], true
}

// on tells whether a variable is switched on. One that the server does not have is not.
func (s *server) on(name string) bool {
	v := strings.ToUpper(s.variables[name])
	return v == "ON" || v == "1"
}

func (s *server) number(name string) int64 {
	n, _ := strconv.ParseInt(s.variables[name], 10, 64)
	return n
}

// identity tells the database from others, whatever the address.
func (s *server) identity() string {
	id := s.variables["server_uuid"]
	if id == "" {
		id = s.variables["server_uid"]
	}
	if id == "" {
		id = s.variables["hostname"] + ":" + s.variables["port"] + s.variables["datadir"]
	}
	return id + "/" + s.database
}

// address names the database for people.
func (s *server) address() string {
	return fmt.Sprintf("%s:%s/%s", s.variables["hostname"], s.variables["port"], s.database)
}
