package schema_test

import (
	"testing"

	"github.com/retenant/retenant/tenancy/schema"
)

func TestD2WhatAChecksTextSaysToNull(t *testing.T) {
	for text, want := range map[string]schema.NullAnswer{
		`CHECK ((boss <> id))`:                                                         schema.NullAllowed,
		`CHECK (boss > 0 AND NOT id = 1)`:                                              schema.NullAllowed,
		`CHECK (((boss IS NULL) OR (boss <> id)))`:                                     schema.NullAllowed,
		`CHECK ((boss = ANY (ARRAY[(1)::bigint, (2)::bigint])))`:                       schema.NullAllowed,
		`CHECK (((id IS NOT NULL) AND (boss > id)))`:                                   schema.NullAllowed,
		`CHECK (label <> 'boss IS NOT NULL')`:                                          schema.NullAllowed, // in a literal, and the column is not named
		`CHECK ((boss IS NOT NULL))`:                                                   schema.NullRefused,
		`check("boss" is not null)`:                                                    schema.NullRefused,
		`CHECK ((num_nonnulls(boss, id) = 1))`:                                         schema.NullRefused,
		`CHECK ((((id > 1) AND (boss IS NULL)) OR ((id < 2) AND (boss IS NOT NULL))))`: schema.NullRefused,
		`CHECK (((boss IS NULL) <> (id IS NULL)))`:                                     schema.NullUnclear,
		`CHECK ((NOT (boss IS NULL)))`:                                                 schema.NullUnclear,
		`CHECK ((COALESCE(boss, (0)::bigint) > 0))`:                                    schema.NullUnclear,
		`CHECK (CASE WHEN boss > 0 THEN true ELSE false END)`:                          schema.NullUnclear,
		`CHECK (((boss)::text IS NOT NULL))`:                                           schema.NullUnclear,
		`CHECK (((boss > 0) IS TRUE))`:                                                 schema.NullUnclear,
		`CHECK (boss IS DISTINCT FROM id)`:                                             schema.NullUnclear,
		`CHECK (boss /* CASE */ > 0 -- CASE` + "\n" + `AND id > 0)`:                    schema.NullAllowed,
	} {
		c := schema.Check{Columns: []string{"boss", "id"}, SQL: text}
		if got := c.Null("boss"); got != want {
			t.Errorf("%s says %d to NULL instead of %d", text, got, want)
		}
	}
	if other := (schema.Check{Columns: []string{"id"}, SQL: `CHECK (id IS NOT NULL)`}); other.Null("boss") != schema.NullAllowed {
		t.Error("a check that does not name the column bars it from being NULL")
	}
}
