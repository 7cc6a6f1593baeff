// Package embedding shows how a product embeds retenant. Its one example is the one of README.md: it is compiled and run as a test, which also holds the
// README to it.
package embedding
