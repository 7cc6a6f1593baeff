//go:build !unix

package testdb

// startPostgres starts no server here: name one.
func startPostgres() (engine, error) { return engine{}, errNoEngine }
