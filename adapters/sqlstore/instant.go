package sqlstore

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// instantLayout has a fixed width, so that texts compare as the instants do. PostgreSQL reads it as a timestamptz.
const instantLayout = "2006-01-02T15:04:05.000000Z"

// instant is a point in time in a column: in UTC, with microseconds. The zero time is NULL.
type instant struct{ time.Time }

// Value implements [driver.Valuer].
func (i instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	t := i.UTC()
	if y := t.Year(); y < 1 || y > 9999 {
		return nil, fmt.Errorf("the year %d cannot be stored; years go from 1 to 9999", y)
	}
	return t.Format(instantLayout), nil
}

// Scan implements sql.Scanner.
func (i *instant) Scan(value any) error {
	var text string
	switch v := value.(type) {
	case nil:
		*i = instant{}
		return nil
	case time.Time:
		*i = instant{v.UTC()}
		return nil
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return fmt.Errorf("a stored instant has type %T", value)
	}
	t, err := time.Parse(instantLayout, text)
	if err != nil {
		return fmt.Errorf("a stored instant is not of the form %s", instantLayout)
	}
	*i = instant{t}
	return nil
}
