package mysql_test

import (
	"context"
	"testing"
	"time"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

// Masks and keys are functions of canonical values, so that a copy is the same wherever it is made.
func TestN9_MasksAndKeysAreTheSameAsInMemory(t *testing.T) {
	inMemory := adaptertest.DataHarness{New: func(*testing.T) adaptertest.Database {
		data := memory.NewData(adaptertest.CRM{}.Schema(), refresh.SharedKeys, time.Now)
		return adaptertest.Database{Target: data, Insert: func(_ context.Context, tenant tenancy.ID, table string, rows ...adaptertest.Row) error {
			list := make([]memory.Row, len(rows))
			for i, row := range rows {
				list[i] = memory.Row(row)
			}
			return data.Insert(tenant, table, list...)
		}}
	}}
	adaptertest.Agree(t, harness(plain), inMemory)
}
