//go:build unix

package testdb

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// watchPostgres starts a server and ends it, and removes its directory, when its standard input ends: with the test binary, however that ends.
// Arguments: the server's binary, its data directory, the directory to remove.
const watchPostgres = `
"$1" -D "$2" -k "$3" -c listen_addresses= -c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c dynamic_shared_memory_type=mmap \
  -c max_connections=200 -c deadlock_timeout=200ms -c autovacuum_naptime=10s -c log_min_messages=warning >"$3/log" 2>&1 </dev/null &
read -r _
kill -QUIT $!
wait $!
cd / && rm -rf "$3"
`

// startPostgres makes a data directory and starts a server on it. The server listens on a socket only.
func startPostgres() (engine, error) {
	bin, err := postgresBin()
	if err != nil {
		return engine{}, err
	}
	dir, run, err := workplace("retenant-pg-", "postgres")
	if err != nil {
		return engine{}, err
	}
	data := filepath.Join(dir, "data")
	initdb := []string{"-D", data, "-U", "retenant", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C"}
	if _, err := run(nil, filepath.Join(bin, "initdb"), append(initdb, "--locale-provider=icu", "--icu-locale=en")...).CombinedOutput(); err != nil {
		_ = os.RemoveAll(data) // an engine without ICU
		if out, err := run(nil, filepath.Join(bin, "initdb"), initdb...).CombinedOutput(); err != nil {
			return engine{}, fmt.Errorf("initdb: %w: %s", err, out)
		}
	}
	dsn := (&url.URL{Scheme: "postgres", User: url.User("retenant"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}).String()
	return start(run, dir, dsn, func() error { return administer(dsn, "SELECT 1") }, watchPostgres, filepath.Join(bin, "postgres"), data, dir)
}

// runner makes the command of a program in the server's directory, as the server's user.
type runner func(stdin *os.File, name string, args ...string) *exec.Cmd

// workplace makes a directory for a private server, with a short path: a socket's name is limited to about 100 bytes.
func workplace(prefix string, users ...string) (dir string, run runner, err error) {
	if dir, err = os.MkdirTemp("/tmp", prefix); err != nil {
		return "", nil, err
	}
	attributes := &syscall.SysProcAttr{Setsid: true} // an interrupt from the terminal ends the test binary only
	if os.Geteuid() == 0 {                           // the server does not run as root
		credential, err := unprivileged(users...)
		if err != nil {
			return "", nil, err
		}
		if err := os.Chown(dir, int(credential.Uid), int(credential.Gid)); err != nil {
			return "", nil, err
		}
		attributes.Credential = credential
	}
	return dir, func(stdin *os.File, name string, args ...string) *exec.Cmd {
		c := exec.Command(name, args...)
		c.Dir, c.SysProcAttr = dir, attributes
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
		if stdin != nil {
			c.Stdin = stdin
		}
		return c
	}, nil
}

// start runs a watch script and waits until the server answers.
func start(run runner, dir, dsn string, answers func() error, script string, args ...string) (engine, error) {
	end, alive, err := os.Pipe()
	if err != nil {
		return engine{}, err
	}
	defer end.Close()
	if err := run(end, "/bin/sh", append([]string{"-c", script, "sh"}, args...)...).Start(); err != nil {
		return engine{}, err
	}
	for begin := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		err := answers()
		if err == nil {
			return engine{dsn: dsn, lifeline: alive}, nil
		}
		if time.Since(begin) > time.Minute {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return engine{}, fmt.Errorf("the server does not start: %w\n%s", err, log)
		}
	}
}

// postgresBin returns the directory of the server's binaries: that of the PATH, else the newest of those where packages put them.
func postgresBin() (string, error) {
	candidates := []string{}
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(real))
		}
	}
	best := 0
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for _, dir := range found {
			major := filepath.Base(filepath.Dir(dir))
			if len(major) > 11 && major[:11] == "postgresql@" {
				major = major[11:]
			}
			if n, _ := strconv.Atoi(major); n > best {
				best, candidates = n, append(candidates, dir)
			}
		}
	}
	for i := range candidates {
		dir := candidates[i]
		if i > 0 { // after that of the PATH, the newest first
			dir = candidates[len(candidates)-i]
		}
		if executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres")) {
			return dir, nil
		}
	}
	return "", errNoPostgres
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

// unprivileged returns the user that the server runs as where the test runs as root.
func unprivileged(users ...string) (*syscall.Credential, error) {
	for _, name := range append(users, "nobody") {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, fmt.Errorf("a private server does not run as root, and there is no user %s or nobody; run the tests as another user, or name a server", strings.Join(users, ", "))
}
