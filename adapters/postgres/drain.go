package postgres

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/refresh"
)

// OpenTransactions implements [sqldata.Drainer]: transactions of this database that have written or locked a row and began before the mark, and
// prepared ones. One that has only read so far counts as soon as it writes. Landings of other targets do not count. No right is needed.
func (dialect) OpenTransactions(ctx context.Context, conn *sqlx.Conn, mark []byte) ([]refresh.Transaction, []byte, error) {
	from, err := parseMark(mark)
	if err != nil {
		return nil, nil, err
	}
	var rows []openRow
	if err := conn.SelectContext(ctx, &rows, openQuery, landingName); err != nil {
		return nil, nil, err
	}
	if mark == nil {
		for _, r := range rows {
			if r.Number != nil {
				from.next = max(from.next, r.number()+1)
			}
			if r.Virtual != "" {
				from.begun = append(from.begun, r.Virtual)
			}
		}
	}
	var open []refresh.Transaction
	for _, r := range rows {
		if r.Number == nil || r.number() >= from.next && !slices.Contains(from.begun, r.Virtual) {
			continue
		}
		t := refresh.Transaction{Session: r.Session, Client: r.Client}
		if r.Age != nil {
			t.Age = time.Duration(*r.Age * float64(time.Second))
		}
		open = append(open, t)
	}
	return open, from.encode(), nil
}

// openRow is an open transaction. It has a number from its first write on.
type openRow struct {
	Virtual string   `db:"virtual"` // what names it from its beginning on; "" of a prepared one
	Number  *uint32  `db:"number"`  // the lower 32 bits
	Near    int64    `db:"near"`    // a whole number near to it
	Session string   `db:"session"`
	Client  string   `db:"client"`
	Age     *float64 `db:"age"` // NULL where the role may not see it
}

// number returns the whole number. Those of all open transactions are less than 2^31 apart.
func (r openRow) number() int64 { return r.Near + int64(int32(*r.Number-uint32(r.Near))) }

// openQuery reads the transactions from the locks that they hold on themselves, which every role may see.
const openQuery = `
WITH held AS (
  SELECT pid, virtualtransaction AS virtual, (array_agg(transactionid ORDER BY age(transactionid) DESC) FILTER (WHERE locktype = 'transactionid'))[1] AS number
  FROM pg_locks WHERE locktype IN ('virtualxid', 'transactionid') AND mode = 'ExclusiveLock' AND granted AND pid <> pg_backend_pid()
  GROUP BY pid, virtualtransaction
)
SELECT h.virtual, h.number::text::bigint AS number, pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS near, h.pid::text AS session,
  concat_ws(' ', nullif(a.application_name, ''), a.usename, host(a.client_addr)) AS client, extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age
FROM held h JOIN pg_stat_activity a ON a.pid = h.pid
WHERE a.datname = current_database() AND a.application_name IS DISTINCT FROM $1::text AND coalesce(a.backend_type, '') NOT LIKE 'autovacuum%'
UNION ALL
SELECT '', p.transaction::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint, 'prepared transaction ' || p.gid, p.owner,
  extract(epoch FROM clock_timestamp() - p.prepared)::float8
FROM pg_prepared_xacts p WHERE p.database = current_database()
ORDER BY age DESC NULLS FIRST, session`

// drainMark says which transactions had begun.
type drainMark struct {
	next  int64    // above the numbers that they had
	begun []string // their virtual names
}

func (m drainMark) encode() []byte {
	return []byte(strings.Join(append([]string{strconv.FormatInt(m.next, 10)}, m.begun...), " "))
}

func parseMark(data []byte) (drainMark, error) {
	if data == nil {
		return drainMark{}, nil
	}
	parts := strings.Split(string(data), " ")
	next, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return drainMark{}, fmt.Errorf("the mark of the drain, %q, cannot be read", data)
	}
	return drainMark{next: next, begun: parts[1:]}, nil
}
