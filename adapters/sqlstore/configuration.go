package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy"
	"github.com/retenant/retenant/tenancy/configuration"
)

var _ refresh.Configurer = (*Directory)(nil)

// Configuration implements [refresh.Configurer].
func (d *Directory) Configuration(ctx context.Context, id tenancy.ID) (configuration.State, error) {
	var state configuration.State
	err := d.read(ctx, func(s session) (err error) {
		if _, err = s.tenant(ctx, id, ""); err != nil {
			return err
		}
		state, err = s.configuration(ctx, id)
		return err
	})
	return state, err
}

// Configure replaces a tenant's settings by what change makes of them, in one transaction, and returns them. An error of change is returned and nothing is
// changed. Texts that not every database keeps are refused ([configuration.Values.Validate]). While a run has closed the tenant, Configure returns
// [tenancy.ErrUnderRefresh]: the run's handover decides. Change may be called several times, each time with a map of its own, and must not use the
// directory itself.
func (d *Directory) Configure(ctx context.Context, id tenancy.ID, change func(configuration.Values) (configuration.Values, error)) (configuration.Values, error) {
	var values configuration.Values
	err := d.write(ctx, func(s session) error {
		tenant, err := s.tenant(ctx, id, s.dialect.lock)
		if err != nil {
			return err
		}
		state, err := s.configuration(ctx, id)
		if err != nil {
			return err
		}
		values = state.Values
		if tenant.Outage != nil {
			return underRefresh(tenant)
		}
		changed, err := change(maps.Clone(values))
		if err == nil {
			err = changed.Validate()
		}
		if err != nil {
			return &tenancy.TenantError{Tenant: id, Err: err}
		}
		if err := s.setAll(ctx, id, values, changed); err != nil {
			return err
		}
		values = changed
		return nil
	})
	return values, err
}

// configuration reads settings and baseline in one statement, so that they are of one moment.
func (s session) configuration(ctx context.Context, id tenancy.ID) (configuration.State, error) {
	var rows []struct {
		Baseline bool           `db:"baseline"`
		Name     string         `db:"name"`
		Value    sql.NullString `db:"value"`
	}
	err := s.list(ctx, &rows, `SELECT 1 = 0 AS baseline, name, value FROM retenant_setting WHERE tenant = ?
		UNION ALL SELECT 1 = 1, name, value FROM retenant_setting_baseline WHERE tenant = ?`, string(id), string(id))
	state := configuration.State{Values: configuration.Values{}}
	for _, row := range rows {
		if !row.Baseline {
			state.Values[row.Name] = row.Value.String
			continue
		}
		if state.Baseline == nil {
			state.Baseline = configuration.Baseline{}
		}
		state.Baseline[row.Name] = configuration.Value{Text: row.Value.String, Set: row.Value.Valid}
	}
	return state, err
}

// setAll writes what differs between the settings of a tenant that is locked.
func (s session) setAll(ctx context.Context, id tenancy.ID, before, after configuration.Values) error {
	change := configuration.Change{Set: configuration.Values{}}
	for name, text := range after {
		if before.Get(name) != configuration.Text(text) {
			change.Set[name] = text
		}
	}
	for name := range before {
		if !after.Get(name).Set {
			change.Unset = append(change.Unset, name)
		}
	}
	return s.set(ctx, id, change)
}

// set writes and removes settings of a tenant that is locked.
func (s session) set(ctx context.Context, id tenancy.ID, change configuration.Change) error {
	for _, name := range slices.Sorted(maps.Keys(change.Set)) {
		row := struct{ Tenant, Name, Value string }{string(id), name, change.Set[name]}
		added, err := s.add(ctx, `INSERT INTO retenant_setting (tenant, name, value) VALUES (:tenant, :name, :value)`, row)
		if err == nil && !added {
			_, err = s.named(ctx, `UPDATE retenant_setting SET value = :value WHERE tenant = :tenant AND name = :name`, row)
		}
		if err != nil {
			return err
		}
	}
	for _, name := range change.Unset {
		if _, err := s.exec(ctx, `DELETE FROM retenant_setting WHERE tenant = ? AND name = ?`, string(id), name); err != nil {
			return err
		}
	}
	return nil
}

// configure puts into effect what a run does to the settings of a tenant that is locked.
func (s session) configure(ctx context.Context, id tenancy.ID, change *configuration.Change) error {
	if change == nil {
		return nil
	}
	if err := s.set(ctx, id, *change); err != nil {
		return err
	}
	if _, err := s.exec(ctx, `DELETE FROM retenant_setting_baseline WHERE tenant = ?`, string(id)); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(change.Baseline)) {
		value := change.Baseline[name]
		if _, err := s.exec(ctx, `INSERT INTO retenant_setting_baseline (tenant, name, value) VALUES (?, ?, ?)`,
			string(id), name, sql.NullString{String: value.Text, Valid: value.Set}); err != nil {
			return err
		}
	}
	return nil
}

// change is what a run does to the settings, as JSON in a column; NULL is nothing.
type change struct{ *configuration.Change }

// Value implements [driver.Valuer].
func (c change) Value() (driver.Value, error) {
	if c.Change == nil {
		return nil, nil
	}
	data, err := json.Marshal(c.Change)
	return string(data), err
}

// Scan implements [sql.Scanner].
func (c *change) Scan(from any) error {
	var text string
	switch v := from.(type) {
	case nil:
		c.Change = nil
		return nil
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return fmt.Errorf("%T is no change of settings", from)
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	c.Change = &configuration.Change{}
	if err := decoder.Decode(c.Change); err != nil { // the decoder's own message may quote a setting
		return errors.New("what a run does to the settings is stored in a form that this version does not know")
	}
	return nil
}
