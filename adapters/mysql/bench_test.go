package mysql_test

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
			h := newHost(b, "  people:\n    columns:\n      name: {mask: last_name}\n      mail: {mask: email}\n      born: {pass: test}\n      paid: {pass: test}\n", open(b, testdb.MySQL(b)))
			must(b, h.db, "CREATE TABLE people (id bigint AUTO_INCREMENT PRIMARY KEY, tenant_id integer, name varchar(60), mail varchar(90), born date, paid decimal(12,2), KEY (tenant_id))",
				fmt.Sprintf("INSERT INTO people (tenant_id, name, mail, born, paid) SELECT 7, concat('Name ', seq), concat(seq, '@example.com'), date '1950-01-01' + INTERVAL seq %% 20000 DAY, seq FROM seq_1_to_%d", rows))
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
