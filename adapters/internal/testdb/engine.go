package testdb

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// engine is a server in which databases may be created.
type engine struct {
	dsn      string
	lifeline io.Closer // keeps a private server alive: it ends when this is closed, as it is with the end of the test binary
}

// fresh returns the server and a name for a new database in it. Where there is no server the test is skipped, and fails where CI is set.
func fresh(t testing.TB, server func() (engine, error), none error) (engine, string) {
	t.Helper()
	e, err := server()
	if errors.Is(err, none) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e, "t_" + strings.ToLower(rand.Text()[:16])
}
