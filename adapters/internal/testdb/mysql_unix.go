//go:build unix

package testdb

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/go-sql-driver/mysql"
)

// watchMySQL starts a server and ends it, and removes its directory, when its standard input ends: with the test binary, however that ends.
// Arguments: the server's binary, its data directory, the directory to remove. Commits reach the log at once, and nothing waits for the disk.
const watchMySQL = `
"$1" --no-defaults --datadir="$2" --socket="$3/s" --pid-file="$3/pid" --skip-networking --skip-name-resolve --tmpdir="$3" \
  --character-set-server=utf8mb4 --collation-server=utf8mb4_unicode_ci --max-connections=300 --innodb-flush-method=nosync --innodb-buffer-pool-size=64M \
  --innodb-log-file-size=32M --log-error="$3/log" >/dev/null 2>&1 </dev/null &
read -r _
kill -KILL $!
wait $!
cd / && rm -rf "$3"
`

// startMySQL makes a data directory and starts MariaDB on it. The server listens on a socket only.
func startMySQL() (engine, error) {
	server, install := binary("mariadbd"), binary("mariadb-install-db")
	if server == "" || install == "" {
		return engine{}, errNoMySQL
	}
	dir, run, err := workplace("retenant-my-", "mysql")
	if err != nil {
		return engine{}, err
	}
	data := filepath.Join(dir, "data")
	out, err := run(nil, install, "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
		"--innodb-flush-method=nosync", "--tmpdir="+dir).CombinedOutput()
	if err != nil {
		_ = os.RemoveAll(dir)
		return engine{}, fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	config := mysql.NewConfig()
	config.User, config.Net, config.Addr = "root", "unix", filepath.Join(dir, "s")
	dsn := config.FormatDSN()
	answers := func() error {
		return onMySQL(dsn, func(ctx context.Context, db *sql.DB) error { return db.PingContext(ctx) })
	}
	return start(run, dir, dsn, answers, watchMySQL, server, data, dir)
}

// binary finds a program in the PATH or where packages put servers; "" is that it is not there.
func binary(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/usr/local/bin"} {
		if path := filepath.Join(dir, name); executable(path) {
			return path
		}
	}
	return ""
}
