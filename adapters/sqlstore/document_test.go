package sqlstore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/retenant/retenant/adapters/sqlstore"
	"github.com/retenant/retenant/refresh"
)

func TestDocumentsOfNewerVersionsAndDamagedOnes(t *testing.T) {
	onEach(t, func(t *testing.T, e testEngine) {
		db, _ := e.installed(t)
		store := e.store(t, db)
		if err := store.Create(t.Context(), refresh.Refresh{ID: "r1", Request: refresh.Request{Target: "t"}}); err != nil {
			t.Fatal(err)
		}
		for document, newer := range map[string]bool{
			`{"id":"r1","approvals":["x"]}`:             true,
			`{"id":"r1","request":{"approvals":["x"]}}`: true,
			`{"id":"r1","receipt":{"approvals":["x"]}}`: true,
			`{"id":"r1"`:                       false,
			`{"id":"r1"} {"id":"r2"}`:          false,
			`{"id":"r1","attempts":"unknown"}`: false,
			``:                                 false,
		} {
			mustExec(t, db, `UPDATE retenant_refresh SET document = ?`, document)
			_, err := store.Refresh(t.Context(), "r1")
			_, errList := store.Refreshes(t.Context(), "t")
			for _, err := range []error{err, errList} {
				if err == nil || errors.Is(err, sqlstore.ErrNewer) != newer || !newer && !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), "r1") {
					t.Errorf("document %s: %v", document, err)
				}
			}
		}
	})
}
