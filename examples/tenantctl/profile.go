package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/retenant/retenant/refresh"
)

// profileFlags say what the copy is to be.
type profileFlags struct {
	file        string
	keep, empty []string
	audience    string
}

func (f *profileFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "profile", "", "JSON file that says what the copy is to be, see tenantctl help profile; flags add to it")
	flags.StringSliceVar(&f.keep, "keep", nil, "table whose rows stay in the target as they are; may be repeated")
	flags.StringSliceVar(&f.empty, "empty", nil, "table that is empty in the target afterwards; may be repeated")
	flags.StringVar(&f.audience, "audience", "", "whom the fakes are made for (default: the target); targets with one audience get the same fakes")
}

// profile reads the file and adds the flags.
func (f *profileFlags) profile(ctx context.Context) (refresh.Profile, error) {
	profile, err := readProfile(ctx, f.file)
	if err != nil {
		return refresh.Profile{}, err
	}
	profile.Audience = cmp.Or(f.audience, profile.Audience)
	for _, flag := range []struct {
		disposition refresh.Disposition
		tables      []string
	}{{refresh.Keep, f.keep}, {refresh.Empty, f.empty}} {
		for _, table := range flag.tables {
			if other, twice := profile.Dispositions[table]; twice && other != flag.disposition {
				return refresh.Profile{}, fmt.Errorf("table %s is to be %s and to be %s; write one of them", table, participle[other], participle[flag.disposition])
			}
			if profile.Dispositions == nil {
				profile.Dispositions = map[string]refresh.Disposition{}
			}
			profile.Dispositions[table] = flag.disposition
		}
	}
	return profile, nil
}

// participle tells what becomes of a table.
var participle = map[refresh.Disposition]string{refresh.Copy: "copied", refresh.Keep: "kept", refresh.Empty: "emptied", refresh.Untouched: "left untouched"}

// maxProfileBytes is how long a profile may be.
const maxProfileBytes = 1 << 20

// readProfile reads a profile strictly; "" is the zero value.
func readProfile(ctx context.Context, file string) (refresh.Profile, error) {
	var profile refresh.Profile
	if file == "" {
		return profile, nil
	}
	text, err := readFile(ctx, "profile", file, maxProfileBytes)
	if err != nil {
		return profile, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&profile); err != nil {
		return profile, fmt.Errorf(`%w: profile %s: %w; write {"dispositions": {"table": "keep"}, "keys": {"table": {"prefix": "X-"}}, "audience": "name"}, or a part of it`, errRefused, file, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return profile, fmt.Errorf("%w: profile %s: something stands behind it; write one JSON object", errRefused, file)
	}
	return profile, nil
}
