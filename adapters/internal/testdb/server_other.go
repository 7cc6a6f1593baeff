//go:build !unix

package testdb

// startPostgres starts no server here: name one.
func startPostgres() (engine, error) { return engine{}, errNoPostgres }

// startMySQL starts no server here: name one.
func startMySQL() (engine, error) { return engine{}, errNoMySQL }
