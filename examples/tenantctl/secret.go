package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/retenant/retenant/masking"
)

// secretVariable names the environment variable that may hold the secret.
const secretVariable = "RETENANT_SECRET"

func (a *app) secretCommand() *cobra.Command {
	examples := lines("tenantctl secret new secret.key", "tenantctl secret new other.key --json")
	secret := needsSubcommand(&cobra.Command{Use: "secret", Short: "Make the secret that all fakes come from", Example: examples})
	secret.AddCommand(&cobra.Command{
		Use: "new FILE", Short: "Make a secret in a new file that only you may read",
		Long: `Makes a secret of 32 random bytes, in hexadecimal. The same secret gives the same fakes on every refresh; without it, nothing is refreshed.
Keep it where you keep your other secrets: whoever has it can test a guess against a fake.`,
		Example: examples, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			random := make([]byte, masking.MinSecretBytes)
			rand.Read(random)
			file, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, os.ErrExist) {
				return fmt.Errorf("%s exists and is not written over: with another secret, every fake would be another", args[0])
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(file, hex.EncodeToString(random))
			if err := errors.Join(err, file.Close()); err != nil {
				return err
			}
			made, err := masking.NewSecret(random)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]string{"file": args[0], "fingerprint": made.Fingerprint()})
			}
			fmt.Fprintf(a.out, "%s: a new secret, fingerprint %s\n", args[0], made.Fingerprint())
			return nil
		},
	})
	return secret
}

// secretFlags say where the secret is, and how it is read.
type secretFlags struct {
	file string
	raw  bool
}

func (f *secretFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "secret-file", "", "file with the masking secret: hexadecimal, base64 or random bytes, 32 bytes or more (default: "+secretVariable+" of the environment)")
	flags.BoolVar(&f.raw, "secret-raw", false, "take a secret that is text, and neither hexadecimal nor base64, as it is")
}

// maxSecretBytes is how long a secret may be, written in whatever way.
const maxSecretBytes = 1 << 16

// readSecret takes the secret from the file, else from the environment, and says which and how it was read.
func (a *app) readSecret(ctx context.Context, f secretFlags) (masking.Secret, error) {
	text, from := []byte(os.Getenv(secretVariable)), "environment variable "+secretVariable
	if f.file != "" {
		var err error
		if text, err = readFile(ctx, "secret file", f.file, maxSecretBytes); err != nil {
			return masking.Secret{}, err
		}
		from = "file " + f.file
		if info, err := os.Stat(f.file); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			fmt.Fprintf(a.err, "warning: others may read %s; chmod 600 it\n", f.file)
		}
	}
	if len(text) == 0 {
		return masking.Secret{}, fmt.Errorf("the masking secret is missing; name its file by --secret-file or set %s; tenantctl secret new FILE makes one", secretVariable)
	}
	random, form, err := decodeSecret(text, f.raw)
	if err != nil {
		return masking.Secret{}, fmt.Errorf("%s: %w", from, err)
	}
	secret, err := masking.NewSecret(random)
	if err != nil {
		return masking.Secret{}, fmt.Errorf("%s, read as %s: %w", from, form, err)
	}
	fmt.Fprintf(a.err, "secret: %s, read as %s, fingerprint %s\n", from, form, secret.Fingerprint())
	return secret, nil
}

// secretIfAny is readSecret where a secret is of use and not needed: without a file and the variable, it is the zero value.
func (a *app) secretIfAny(ctx context.Context, f secretFlags) (masking.Secret, error) {
	if f.file == "" && os.Getenv(secretVariable) == "" {
		return masking.Secret{}, nil
	}
	return a.readSecret(ctx, f)
}

// decodeSecret reads a secret: digits as hexadecimal, whatever their number; base64 that gives enough bytes; bytes that are no text as they are; any other
// text only if raw is set, since it may as well be a wrong or a damaged file. A line end after it does not count. Errors do not show the secret.
func decodeSecret(text []byte, raw bool) (random []byte, form string, err error) {
	line := bytes.TrimRight(text, "\r\n")
	if len(bytes.Trim(line, "0123456789abcdefABCDEF")) == 0 {
		if random, err = hex.DecodeString(string(line)); err != nil {
			return nil, "", fmt.Errorf("it has %d hexadecimal digits, which is an odd number: one is missing", len(line))
		}
		return random, "hexadecimal", nil
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if random, err = encoding.DecodeString(string(line)); err == nil && len(random) >= masking.MinSecretBytes {
			return random, "base64", nil
		}
	}
	if printable(line) && !raw {
		return nil, "", fmt.Errorf("it is text, and neither hexadecimal nor base64 of %d bytes or more; write --secret-raw if that text is the secret", masking.MinSecretBytes)
	}
	if len(line) < masking.MinSecretBytes && !printable(line) {
		line = text // random bytes may end like a line
	}
	return line, "raw bytes", nil
}

// printable tells whether bytes are text.
func printable(line []byte) bool {
	return utf8.Valid(line) && bytes.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) }) < 0
}
