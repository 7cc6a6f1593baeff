package receipt_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/retenant/retenant/refresh/receipt"
)

func sample() receipt.Receipt {
	return receipt.Receipt{Format: receipt.Format, Run: "R", Source: receipt.Side{Tenant: "1", Kind: "production", Database: "db"}, Masked: true,
		Snapshot: time.Date(2026, 4, 3, 8, 0, 0, 0, time.UTC), Tables: []receipt.Table{{Name: "persons", Disposition: "copy", Read: 2, Written: 2, Digest: "2:00"}}}
}

func TestN2AlteredReceiptsAreFound(t *testing.T) {
	first, second := sample(), sample()
	if err := first.Verify(); !errors.Is(err, receipt.ErrNotSealed) {
		t.Errorf("an open receipt: %v", err)
	}
	first.Seal("")
	second.Run = "S"
	second.Seal(first.Hash)
	data, err := json.Marshal(second)
	if err != nil {
		t.Fatal(err)
	}
	var back receipt.Receipt
	if err := json.Unmarshal(data, &back); err != nil || back.Verify() != nil {
		t.Errorf("a receipt does not survive its JSON: %v, %v", err, back.Verify())
	}
	if err := receipt.VerifyChain([]receipt.Receipt{first, second}); err != nil {
		t.Error(err)
	}
	third := sample()
	third.Seal("something else")
	if err := receipt.VerifyChain([]receipt.Receipt{first, second, third}); !errors.Is(err, receipt.ErrAltered) {
		t.Errorf("a receipt that is missing in the chain: %v", err)
	}
	for name, alter := range map[string]func(*receipt.Receipt){
		"a count":        func(r *receipt.Receipt) { r.Tables[0].Written++ },
		"the opt-out":    func(r *receipt.Receipt) { r.Masked = false },
		"the time":       func(r *receipt.Receipt) { r.Snapshot = r.Snapshot.Add(time.Microsecond) },
		"the one before": func(r *receipt.Receipt) { r.Previous = "" },
	} {
		altered := second
		altered.Tables = append([]receipt.Table(nil), second.Tables...)
		alter(&altered)
		if err := altered.Verify(); !errors.Is(err, receipt.ErrAltered) {
			t.Errorf("%s was altered: %v", name, err)
		}
	}
}

func TestA8TextTellsWhoTurnedMaskingOff(t *testing.T) {
	r := sample()
	r.Masked, r.OptOut = false, &receipt.OptOut{By: "dpo", Reason: "a bug that only real names show"}
	if text := r.String(); !strings.Contains(text, "NO: turned off by dpo: a bug that only real names show") {
		t.Error(text)
	}
}

func TestN6_TextTellsWhatWasLost(t *testing.T) {
	r := sample()
	if text := r.String(); strings.Contains(text, "  lost ") {
		t.Errorf("a receipt that does not tell of losses says something:\n%s", text)
	}
	for want, alter := range map[string]func(*receipt.Receipt){
		"lost          not counted: a reason\n": func(r *receipt.Receipt) { r.Losses.Why = "a reason" },
		"lost          nothing: ":               func(r *receipt.Receipt) { r.Losses.Counted = true },
		"lost          5 rows of the target":    func(r *receipt.Receipt) { r.Losses.Counted, r.Tables[0].Lost = true, 5 },
		"persons: lost at least 5 rows of":      func(r *receipt.Receipt) { r.Losses.Counted, r.Tables[0].Lost, r.Tables[0].LostAtLeast = true, 5, true },
		"scratch: lost 3 rows of": func(r *receipt.Receipt) {
			r.Losses.Counted = true
			r.Tables = append(r.Tables, receipt.Table{Name: "scratch", Disposition: receipt.Dropped, Lost: 3})
		},
	} {
		r := sample()
		alter(&r)
		if text := r.String(); !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
		sealed := r
		sealed.Seal("")
		sealed.Losses = receipt.Losses{Counted: !r.Losses.Counted}
		if err := sealed.Verify(); !errors.Is(err, receipt.ErrAltered) {
			t.Errorf("whether losses were counted was altered: %v", err)
		}
	}
}

// TestN2OldReceiptsVerify holds the form of a receipt that was sealed before it told of losses.
func TestN2OldReceiptsVerify(t *testing.T) {
	r := sample()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"losses", "lost"} {
		if strings.Contains(string(data), field) {
			t.Errorf("a receipt that does not tell of losses has another form, and an old one does not verify: %s", data)
		}
	}
}
