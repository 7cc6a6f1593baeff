// Package testdb gives tests a database engine to run on.
//
// [Postgres] and [MySQL] return a fresh, empty database of its own for each call. They take the server that RETENANT_TEST_POSTGRES or
// RETENANT_TEST_MYSQL names, or start a private one from the binaries they find, once for each test binary: on a socket in a directory of
// its own, without a port, so that any number of test binaries run side by side. The server ends with the test binary, also where
// that is killed.
//
// A private server sorts text by the rules of a language where it can, not by bytes, so that SQL that hopes for one order is found out.
package testdb
