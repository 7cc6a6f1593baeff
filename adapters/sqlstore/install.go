package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// versions holds the statements that lead from each version of the tables to the next. A version that was released is never changed.
var versions = [...][]string{
	{
		`CREATE TABLE retenant_tenant (
			id {id} NOT NULL PRIMARY KEY,
			name {text} NOT NULL,
			kind {text} NOT NULL,
			communications {boolean} NOT NULL,
			callouts {boolean} NOT NULL,
			workflows {boolean} NOT NULL,
			generation {integer} NOT NULL,
			token {integer} NOT NULL,
			outage_run {id},
			outage_token {integer} NOT NULL,
			outage_from {instant},
			outage_until {instant},
			source {id},
			as_of {instant},
			source_run {id},
			masked {boolean})`,
		// What each run hands over to a tenant. Settled rows stay: they tell that a run is not to be settled again.
		`CREATE TABLE retenant_handover (
			tenant {id} NOT NULL,
			run {id} NOT NULL,
			communications {boolean} NOT NULL,
			callouts {boolean} NOT NULL,
			workflows {boolean} NOT NULL,
			source {id} NOT NULL,
			as_of {instant},
			source_run {id} NOT NULL,
			masked {boolean} NOT NULL,
			settled {boolean} NOT NULL,
			PRIMARY KEY (tenant, run))`,
		`CREATE TABLE retenant_refresh (
			serial {serial},
			id {id} NOT NULL UNIQUE,
			target {id} NOT NULL,
			state {text} NOT NULL,
			admitted {instant},
			cancelled {boolean} NOT NULL,
			sealed {text} NOT NULL,
			document {text} NOT NULL)`,
		`CREATE INDEX retenant_refresh_target ON retenant_refresh (target, serial)`,
		// One row for each target that ever had a lease: its token only rises. A lease without expires was given back.
		`CREATE TABLE retenant_lease (
			target {id} NOT NULL PRIMARY KEY,
			holder {text} NOT NULL,
			token {integer} NOT NULL,
			expires {instant})`,
		// One row: the hash of the newest sealed receipt.
		`CREATE TABLE retenant_chain (
			link {integer} NOT NULL PRIMARY KEY CHECK (link = 1),
			head {text} NOT NULL)`,
		`INSERT INTO retenant_chain (link, head) VALUES (1, '')`,
	},
	{
		`CREATE TABLE retenant_setting (
			tenant {id} NOT NULL,
			name {id} NOT NULL,
			value {text} NOT NULL,
			PRIMARY KEY (tenant, name))`,
		// What a tenant's last refresh took up. A value that is NULL was not set.
		`CREATE TABLE retenant_setting_baseline (
			tenant {id} NOT NULL,
			name {id} NOT NULL,
			value {text},
			PRIMARY KEY (tenant, name))`,
		// What a run does to the settings, as JSON, until it is settled.
		`ALTER TABLE retenant_handover ADD COLUMN configuration {text}`,
	},
}

// Install creates the tables, or upgrades those of an older version, in one transaction; on MySQL and MariaDB, which have none for this, step by step, so that an
// installation that was broken off goes on when it is called again. It does nothing where they are up to date, and may
// be called by several processes at once. It refuses tables of a newer version, and a database that would forget what it has committed.
func Install(ctx context.Context, db *sqlx.DB) error {
	e, err := newEngine(db)
	if err != nil {
		return err
	}
	if err := e.checkDurable(ctx); err != nil {
		return err
	}
	err = e.write(ctx, func(s session) (err error) {
		if s.dialect.install != "" {
			if err := s.query(ctx, s.dialect.install); err != nil {
				return err
			}
			if s.dialect.let != "" {
				defer func() { err = errors.Join(err, s.query(context.WithoutCancel(ctx), s.dialect.let)) }()
			}
		}
		if _, err := s.exec(ctx, s.dialect.types.Replace(`CREATE TABLE IF NOT EXISTS retenant_store_version (version {integer} NOT NULL)`)); err != nil {
			return err
		}
		var version int
		switch err := s.get(ctx, &version, `SELECT version FROM retenant_store_version`); {
		case errors.Is(err, sql.ErrNoRows):
			if _, err := s.exec(ctx, `INSERT INTO retenant_store_version (version) VALUES (0)`); err != nil {
				return err
			}
		case err != nil:
			return err
		}
		if version > len(versions) {
			return fmt.Errorf("the tables are of version %d and this program knows version %d; use a newer release of retenant", version, len(versions))
		}
		for _, statements := range versions[version:] {
			for _, statement := range statements {
				_, err := s.exec(ctx, s.dialect.types.Replace(statement))
				if err != nil && (s.dialect.done == nil || !s.dialect.done(err)) {
					return err
				}
			}
		}
		_, err = s.exec(ctx, `UPDATE retenant_store_version SET version = ?`, len(versions))
		return err
	})
	if err != nil {
		return fmt.Errorf("sqlstore: installing the tables: %w", err)
	}
	return nil
}

// query runs a query of one row, which says 0 where it did not get what it was to get.
func (s session) query(ctx context.Context, query string) error {
	var got int
	err := s.get(ctx, &got, query)
	if err == nil && got == 0 {
		err = errors.New("sqlstore: another installation does not end")
	}
	return err
}

// checkDurable refuses a database that loses committed transactions with the power.
func (e engine) checkDurable(ctx context.Context) error {
	if e.dialect.durable == "" {
		return nil
	}
	var durable bool
	if err := e.read(ctx, func(s session) error { return s.get(ctx, &durable, e.dialect.durable) }); err != nil {
		return fmt.Errorf("sqlstore: asking how durable the database is: %w", err)
	}
	if !durable {
		return errors.New("sqlstore: the database may lose what it has committed; open it with _pragma=synchronous(FULL), or without a setting for synchronous (MySQL: SET GLOBAL innodb_flush_log_at_trx_commit = 1)")
	}
	return nil
}
