// Package explained turns errors of database drivers into ones that say what to do and show no value of a row.
package explained

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
)

// Error is an error whose text says what to do. Its cause is there for errors.Is and errors.As; the cause's own text is not
// repeated where it may show values of a row.
type Error struct {
	text  string
	cause error
}

// New returns the error of that text.
func New(text string, cause error) error { return &Error{text: text, cause: cause} }

// Error implements error.
func (e *Error) Error() string { return e.text }

// Unwrap returns the driver's error.
func (e *Error) Unwrap() error { return e.cause }

// By explains an error in which the server's own answer is an E, in the words that meaning has for it. What was said around the answer stays: the table, the column.
// An error that is explained already, or is the caller's own ending, is returned as it is; so is one for which nothing better is known. A connection is
// lost by what the standard library calls so, or gone.
func By[E error](err error, meaning func(E) string, gone func(error) bool) error {
	var done *Error
	var server E
	switch {
	case err == nil, errors.As(err, &done):
		return err
	case errors.As(err, &server):
		meaning := meaning(server)
		text := strings.ReplaceAll(err.Error(), server.Error(), meaning)
		if text == err.Error() {
			text = meaning
		}
		return New(text, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case lost(err) || gone(err):
		return New(err.Error()+" (the connection to the database is lost; what was not committed is undone: run again when the server answers)", err)
	}
	return err
}

func lost(err error) bool {
	for _, sentinel := range []error{io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, driver.ErrBadConn, sql.ErrConnDone} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	var network net.Error
	return errors.As(err, &network)
}
