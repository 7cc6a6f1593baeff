// Package postgrestest gives tests a PostgreSQL database of their own. A host that runs the suites of adaptertest on its own schema can use it, and the
// examples do.
package postgrestest

import (
	"testing"

	"github.com/retenant/retenant/adapters/internal/testdb"
)

// Postgres returns the URL of an empty database, which is dropped at the end of the test. It lies in the server that RETENANT_TEST_POSTGRES names, or in a
// private one, which is started from the binaries found on the machine and ends with the test binary. Where there is neither, the test is skipped, and fails
// if CI is set.
func Postgres(t testing.TB) string {
	t.Helper()
	return testdb.Postgres(t)
}
