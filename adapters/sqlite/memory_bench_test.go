package sqlite_test

import (
	"os"
	process "os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/adapters/sqlite"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// benchMemory names the file that a child of BenchmarkPeakMemory refreshes.
const benchMemory = "RETENANT_BENCH_MEMORY"

// BenchmarkPeakMemory refreshes a tenant of two million rows in a process of its own and reports the most memory that the process had, in MiB, as the
// system counts it: the Go heap, what the engine allocates outside it, and the program.
func BenchmarkPeakMemory(b *testing.B) {
	const persons = 500000
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("the system does not tell a process's peak of memory in /proc/self/status")
	}
	for _, name := range []string{"shared", "files"} {
		b.Run(name, func(b *testing.B) {
			if file := os.Getenv(benchMemory); file != "" {
				benchRefreshOf(b, benchTarget(b, name, file))
				b.ReportMetric(peakMemory(b), "peak-MiB")
				return
			}
			db := benchFile(b, persons)
			if name == "files" { // the tenant's alone
				db.MustExec("DELETE FROM orders WHERE tenant = 3")
				db.MustExec("DELETE FROM persons WHERE tenant = 3")
			}
			var file string
			if err := db.Get(&file, "SELECT file FROM pragma_database_list WHERE name = 'main'"); err != nil {
				b.Fatal(err)
			}
			db.Close()
			for range b.N {
				b.StopTimer()
				here := filepath.Join(b.TempDir(), "run.db")
				data, err := os.ReadFile(file)
				if err != nil {
					b.Fatal(err)
				}
				if err := os.WriteFile(here, data, 0o600); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				child := process.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkPeakMemory$/^"+name+"$", "-test.benchtime=1x")
				child.Env = append(os.Environ(), benchMemory+"="+here)
				out, err := child.CombinedOutput()
				found := regexp.MustCompile(`([0-9.]+) peak-MiB`).FindSubmatch(out)
				if err != nil || found == nil {
					b.Fatalf("%v\n%s", err, out)
				}
				peak, _ := strconv.ParseFloat(string(found[1]), 64)
				b.ReportMetric(peak, "peak-MiB")
			}
		})
	}
}

// benchTarget opens the file in which tenant 1 has its rows, alone or with others.
func benchTarget(b *testing.B, layout, file string) refresh.Target {
	b.Helper()
	if layout == "files" {
		return sqlite.Files(func(tenant tenancy.ID) string {
			if tenant == "1" {
				return file
			}
			return file + ".copy"
		}, sqldata.Config{})
	}
	db, err := sqlite.Open(b.Context(), file, sqlite.ReadWrite)
	if err != nil {
		b.Fatal(err)
	}
	return sqlite.Shared(db, sqldata.Config{})
}

// peakMemory returns the most memory that this process had, in MiB.
func peakMemory(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	found := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	if found == nil {
		b.Fatal("no VmHWM in /proc/self/status")
	}
	kib, _ := strconv.ParseFloat(string(found[1]), 64)
	return kib / 1024
}
