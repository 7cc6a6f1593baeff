package receipt_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/retenant/retenant/refresh/receipt"
)

func TestN5_TextTellsWhatBecameOfSettings(t *testing.T) {
	r := sample()
	r.Configured = []receipt.Setting{
		{Name: "theme", Choice: "three-way", From: "target"},
		{Name: "zone", Choice: "copy", From: "source"},
		{Name: "locale", Choice: "three-way", From: "source"},
		{Name: "limit", Choice: "default", From: "default"},
		{Name: "banner", Choice: "three-way-keep", From: "target", Conflict: true},
		{Name: "motto", Choice: "three-way-copy", From: "source", Conflict: true},
		{Name: "password", Choice: "keep", From: "target", Secret: true},
		{Name: "api\tkey", Choice: "default", From: "default", Secret: true},
	}
	text := r.String()
	for _, line := range []string{
		"  settings kept as in the target: \"theme\"\n",
		"  settings from the source: \"zone\", \"locale\"\n",
		"  settings reverted to defaults: \"limit\"\n",
		"  settings changed on both sides, kept as in the target: \"banner\"\n",
		"  settings changed on both sides, from the source: \"motto\"\n",
		"  settings secret, kept as in the target: \"password\"\n",
		"  settings secret, blank: \"api\\tkey\"\n",
	} {
		if strings.Count(text, line) != 1 {
			t.Errorf("the text lacks %q:\n%s", line, text)
		}
	}
	for _, s := range r.Configured {
		if strings.Count(text, s.Name) > 1 {
			t.Errorf("setting %s stands in more than one line", s.Name)
		}
	}
	r.Seal("")
	r.Configured[4].Conflict = false
	if err := r.Verify(); !errors.Is(err, receipt.ErrAltered) {
		t.Errorf("a conflict was taken out of a sealed receipt: %v", err)
	}
}
