package sqlstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/retenant/retenant/refresh"
)

// ErrNewer says that a stored refresh has a field that this version does not know: it was written by a newer one, and saving it here would
// drop the field.
var ErrNewer = errors.New("written by a newer version of retenant; use that version")

// encode makes the row of a refresh.
func encode(r refresh.Refresh) (refreshRow, error) {
	document, err := json.Marshal(r)
	if err != nil {
		return refreshRow{}, fmt.Errorf("sqlstore: refresh %s: %w", r.ID, err)
	}
	return refreshRow{ID: string(r.ID), Target: string(r.Request.Target), State: string(r.State), Admitted: instant{r.Admitted},
		Sealed: sealOf(r), Document: string(document)}, nil
}

func sealOf(r refresh.Refresh) string {
	if r.Receipt == nil {
		return ""
	}
	return r.Receipt.Hash
}

// decode reads the document of a row.
func (row *refreshRow) decode() (refresh.Refresh, error) {
	var r refresh.Refresh
	decoder := json.NewDecoder(strings.NewReader(row.Document))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&r)
	if err == nil {
		if _, err = decoder.Token(); err == io.EOF {
			return r, nil
		}
		err = errors.New("something follows after its end")
	}
	if strings.Contains(err.Error(), "unknown field") { // encoding/json has no type for it
		return refresh.Refresh{}, fmt.Errorf("sqlstore: refresh %s: %w (%w)", row.ID, ErrNewer, err)
	}
	return refresh.Refresh{}, fmt.Errorf("sqlstore: refresh %s: its stored document is damaged: %w", row.ID, err)
}
