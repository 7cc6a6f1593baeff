package sqlstore_test

import (
	"context"
	"database/sql/driver"
	"errors"
)

// nowhere is a database that nobody can reach: what refuses a driver must not ask it.
type nowhere struct{}

func (nowhere) Connect(context.Context) (driver.Conn, error) {
	return nil, errors.New("asked the database")
}
func (n nowhere) Driver() driver.Driver          { return n }
func (nowhere) Open(string) (driver.Conn, error) { return nil, errors.New("asked the database") }
