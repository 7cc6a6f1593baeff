package masking

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/retenant/retenant/tenancy/schema"
)

// The canonical forms that a pattern can tell; dates and times are also held against the calendar.
var (
	integerForm = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	decimalForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)
	uuidForm    = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	scaleForm   = regexp.MustCompile(`\(\s*[0-9]+\s*,\s*([0-9]+)\s*\)`)
)

// misfit tells why a fixed value cannot stand in the column, and what to write; "" where it can. The value must be in the canonical
// form (see package schema), since the copy is compared with what the database gives back. The value itself is never shown.
func misfit(value string, col schema.Column) (message, remedy string) {
	good, example := true, ""
	switch col.Type {
	case schema.Text:
		return misfitText(value, col)
	case schema.Bytes:
		if col.Size > 0 && len(value) > col.Size {
			return fmt.Sprintf("the fixed value has %d bytes, and the column has %d", len(value), col.Size), "write a shorter one"
		}
	case schema.Integer:
		good, example = isInteger(value), "digits without leading zeros, such as 42 or -1"
	case schema.Decimal:
		return misfitDecimal(value, col)
	case schema.Real:
		good, example = isReal(value), "the shortest form of the number, such as 0.1 or 1e+21"
	case schema.Boolean:
		good, example = value == "true" || value == "false", "true or false"
	case schema.Date:
		good, example = isTime(value, time.DateOnly), "a date such as 2006-01-02"
	case schema.Time:
		good, example = isTime(value, "15:04:05.999999"), "a time such as 15:04:05, without zeros at the end of a fraction"
	case schema.Timestamp:
		good, example = isTime(value, "2006-01-02 15:04:05.999999"), "date and time such as 2006-01-02 15:04:05"
	case schema.TimestampTZ:
		good, example = isTime(value, "2006-01-02 15:04:05.999999+00"), "date and time in UTC such as 2006-01-02 15:04:05+00"
	case schema.UUID:
		good, example = uuidForm.MatchString(value), "36 characters in lower case, such as 00000000-0000-4000-8000-000000000000"
	case schema.JSON:
		good, example = json.Valid([]byte(value)), `JSON in quotes, such as '{}' or '"text"'`
	}
	if !good {
		return "the fixed value is no " + col.Type.String() + " in canonical form", "write " + example
	}
	return "", ""
}

func misfitText(value string, col schema.Column) (message, remedy string) {
	switch length := utf8.RuneCountInString(value); {
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		return "the fixed value holds bytes that are no text", "write UTF-8 without zero bytes"
	case col.Size > 0 && length > col.Size:
		return fmt.Sprintf("the fixed value has %d characters, and the column has %d", length, col.Size), "write a shorter one"
	}
	return "", ""
}

// misfitDecimal also asks for as many decimals as the declared type keeps, because the database would add or round them.
func misfitDecimal(value string, col schema.Column) (message, remedy string) {
	if value == "NaN" || value == "Infinity" || value == "-Infinity" {
		return "", ""
	}
	if !isDecimal([]byte(value)) {
		return "the fixed value is no decimal in canonical form", "write digits with a point, such as 19.90"
	}
	declared := scaleForm.FindStringSubmatch(col.Declared)
	if declared == nil {
		return "", ""
	}
	_, fraction, _ := strings.Cut(value, ".")
	if strconv.Itoa(len(fraction)) != declared[1] {
		return fmt.Sprintf("the fixed value has %d decimals, and the column keeps %s", len(fraction), declared[1]),
			"write " + declared[1] + " decimals"
	}
	return "", ""
}

// isDecimal takes digits with or without a fraction.
func isDecimal(value []byte) bool {
	return decimalForm.Match(value) && (value[0] != '-' || len(bytes.Trim(value, "-0.")) > 0)
}

// isInteger takes whatever fits 64 bits, signed or not: how wide the column is, only its engine knows.
func isInteger(value string) bool {
	if !integerForm.MatchString(value) {
		return false
	}
	if _, err := strconv.ParseInt(value, 10, 64); err == nil {
		return true
	}
	_, err := strconv.ParseUint(value, 10, 64)
	return err == nil
}

func isReal(value string) bool {
	f, err := strconv.ParseFloat(value, 64)
	return err == nil && strconv.FormatFloat(f, 'g', -1, 64) == value
}

// isTime takes a value of the years 1 to 9999 that the layout gives back as it stands.
func isTime(value, layout string) bool {
	t, err := time.Parse(layout, value)
	return err == nil && (t.Year() > 0 || layout == "15:04:05.999999") && t.Format(layout) == value
}
