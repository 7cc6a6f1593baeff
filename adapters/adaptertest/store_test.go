package adaptertest

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// A field that the sample leaves empty is a field whose way through a store nobody tests.
func TestSampleHasSomethingInEveryField(t *testing.T) {
	r := sample("r1", "t")
	r.Receipt.Seal("the one before")
	for _, path := range empty(reflect.ValueOf(r), "Refresh") {
		t.Errorf("%s is empty", path)
	}
}

func empty(v reflect.Value, path string) []string {
	if v.IsZero() {
		return []string{path}
	}
	var found []string
	switch v.Kind() {
	case reflect.Pointer:
		return empty(v.Elem(), path)
	case reflect.Slice:
		return empty(v.Index(0), path+"[0]")
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return nil
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				found = append(found, empty(v.Field(i), fmt.Sprintf("%s.%s", path, f.Name))...)
			}
		}
	}
	return found
}
