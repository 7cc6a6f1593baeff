package masking_test

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/retenant/retenant/masking"
)

func TestA7_SecretsAreNeverShown(t *testing.T) {
	raw := []byte("canary-0123456789-canary-0123456789")
	secret, err := masking.NewSecret(raw)
	if err != nil {
		t.Fatal(err)
	}
	mask, err := masking.Column{Mask: "fixed", Value: "canary-fixed"}.Compile(secret, "target", textColumn)
	if err != nil {
		t.Fatal(err)
	}
	type enclosing struct {
		Exported masking.Secret
		private  masking.Secret
		pointer  *masking.Secret
		mask     masking.Mask
		list     []masking.Secret
		table    map[string]masking.Secret
	}
	host := enclosing{secret, secret, &secret, mask, []masking.Secret{secret}, map[string]masking.Secret{"a": secret}}
	var shown bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		for _, v := range []any{secret, &secret, host, &host, mask, &mask, []any{host}} {
			fmt.Fprintf(&shown, verb+"\n", v)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
		slog.New(h).Info("run", "secret", secret, "host", host, "mask", mask)
	}
	for _, encode := range []func(any) ([]byte, error){json.Marshal, xml.Marshal, yaml.Marshal, func(v any) ([]byte, error) {
		var b bytes.Buffer
		err := gob.NewEncoder(&b).Encode(v)
		return b.Bytes(), err
	}} {
		for _, v := range []any{secret, &secret, struct{ S masking.Secret }{secret}, mask} {
			out, err := encode(v)
			shown.Write(out)
			fmt.Fprintln(&shown, err)
		}
	}
	derived := secret.Derive("purpose", 16)
	text := shown.String()
	for _, canary := range []string{"canary", hex.EncodeToString(raw[:6]), strings.ToUpper(hex.EncodeToString(raw[:6])), fmt.Sprint(raw[:6])[1:15],
		hex.EncodeToString(derived), secret.Fingerprint()} {
		if strings.Contains(text, canary) {
			t.Errorf("%q is shown", canary)
		}
	}
	if !strings.Contains(text, "[secret]") {
		t.Error("nothing was shown at all")
	}
}

func TestN1_SecretsDeriveKeysByPurpose(t *testing.T) {
	raw := bytes.Repeat([]byte{7}, 40)
	secret, err := masking.NewSecret(raw)
	if err != nil {
		t.Fatal(err)
	}
	clear(raw)
	same, _ := masking.NewSecret(bytes.Repeat([]byte{7}, 40))
	if !bytes.Equal(secret.Derive("digest", 32), same.Derive("digest", 32)) || secret.Fingerprint() != same.Fingerprint() {
		t.Error("the same bytes make another secret, or the secret shares its bytes with the caller")
	}
	other := testSecret(t, 8)
	distinct := map[string]bool{}
	for _, k := range [][]byte{secret.Derive("digest", 32), secret.Derive("digest2", 32), secret.Derive("", 32), other.Derive("digest", 32)} {
		if len(k) != 32 || distinct[string(k)] {
			t.Errorf("%x is too short or not its own", k)
		}
		distinct[string(k)] = true
	}
	if len(secret.Fingerprint()) != 16 || secret.Fingerprint() == other.Fingerprint() {
		t.Errorf("fingerprints %s and %s", secret.Fingerprint(), other.Fingerprint())
	}
	if secret.Derive("digest", 0) != nil || secret.Derive("digest", 8161) != nil || len(secret.Derive("digest", 8160)) != 8160 {
		t.Error("lengths outside 1 to 8160 are not refused")
	}
	var zero masking.Secret
	if !zero.IsZero() || secret.IsZero() || zero.Fingerprint() != "" || zero.Derive("digest", 32) != nil {
		t.Error("the zero secret holds something")
	}
	if _, err := masking.NewSecret(make([]byte, 31)); !errors.Is(err, masking.ErrSecretTooShort) {
		t.Errorf("31 bytes: %v", err)
	}
}
