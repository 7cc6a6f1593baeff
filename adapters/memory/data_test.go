package memory_test

import (
	"context"
	"testing"
	"time"

	"github.com/retenant/retenant/adapters/adaptertest"
	"github.com/retenant/retenant/adapters/memory"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
)

func TestData(t *testing.T) {
	for _, layout := range []refresh.KeySpace{refresh.SharedKeys, refresh.OwnKeys} {
		t.Run(string(layout), func(t *testing.T) { adaptertest.Data(t, harness(layout)) })
	}
}

func harness(layout refresh.KeySpace) adaptertest.DataHarness {
	return adaptertest.DataHarness{Layout: layout, New: func(*testing.T) adaptertest.Database {
		now := func() time.Time { return time.Date(2026, 4, 3, 8, 0, 0, 0, time.UTC) }
		data := memory.NewData(adaptertest.CRM{Layout: layout}.Schema(), layout, now)
		return adaptertest.Database{
			Target: data,
			Insert: func(_ context.Context, tenant tenancy.ID, table string, rows ...adaptertest.Row) error {
				list := make([]memory.Row, len(rows))
				for i, row := range rows {
					list[i] = memory.Row(row)
				}
				return data.Insert(tenant, table, list...)
			},
			Update: func(_ context.Context, tenant tenancy.ID, table string, where, set adaptertest.Row) error {
				_, err := data.Update(tenant, table, memory.Row(where), memory.Row(set))
				return err
			},
			Delete: func(_ context.Context, tenant tenancy.ID, table string, where adaptertest.Row) error {
				_, err := data.Delete(tenant, table, memory.Row(where))
				return err
			},
			Rows: func(_ context.Context, tenant tenancy.ID, table string) ([]adaptertest.Row, error) {
				rows, err := data.Rows(tenant, table)
				list := make([]adaptertest.Row, len(rows))
				for i, row := range rows {
					list[i] = adaptertest.Row(row)
				}
				return list, err
			},
		}
	}}
}

func TestRuns(t *testing.T) {
	for _, layout := range []refresh.KeySpace{refresh.SharedKeys, refresh.OwnKeys} {
		t.Run(string(layout), func(t *testing.T) { adaptertest.Runs(t, harness(layout)) })
	}
}
