package postgres_test

import (
	"fmt"
	"testing"

	"github.com/retenant/retenant/adapters/internal/testdb"
)

// BenchmarkRefresh copies a table of rows with two masked columns by either path, verification included.
func BenchmarkRefresh(b *testing.B) {
	const rows = 50_000
	for _, portable := range []bool{false, true} {
		b.Run(fmt.Sprintf("portable=%t", portable), func(b *testing.B) {
			h := newHost(b, testdb.Postgres(b), "  people:\n    columns:\n      name: {mask: last_name}\n      mail: {mask: email}\n      born: {pass: test}\n      paid: {pass: test}\n")
			must(b, h.db, "CREATE TABLE people (id bigserial PRIMARY KEY, tenant_id integer, name text, mail text, born date, paid numeric(12,2))",
				fmt.Sprintf("INSERT INTO people (tenant_id, name, mail, born, paid) SELECT 7, 'Name ' || n, n || '@example.com', date '1950-01-01' + n %% 20000, n FROM generate_series(1, %d) n", rows))
			h.runner.Portable = portable
			b.ResetTimer()
			for b.Loop() {
				if _, err := h.refresh(sandbox); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}
