package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
)

// constraintElement is one column or expression of a deferrable unique or exclusion constraint.
type constraintElement struct {
	Table     string  `db:"table_name"` // quoted, as it was asked for
	Name      string  `db:"name"`
	Predicate *string `db:"predicate"`
	Place     int     `db:"place"`
	SQL       string  `db:"sql"`
	Operator  string  `db:"operator"`
	NullsSame bool    `db:"nulls_same"` // UNIQUE NULLS NOT DISTINCT
}

// constraintsQuery finds the constraints with the operators that two rows must not both meet: for a unique one, the equality of its index.
const constraintsQuery = `
SELECT asked.name AS table_name, k.conname AS name, pg_get_expr(i.indpred, i.indrelid) AS predicate, place,
  pg_get_indexdef(i.indexrelid, place, false) AS sql,
  'OPERATOR(' || quote_ident(n.nspname) || '.' || o.oprname || ')' AS operator,
  coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_same
FROM unnest($1::text[]) AS asked (name)
JOIN pg_constraint k ON k.conrelid = asked.name::regclass AND k.contype IN ('p', 'u', 'x') AND k.condeferrable
JOIN pg_index i ON i.indexrelid = k.conindid
CROSS JOIN generate_series(1, i.indnkeyatts) AS place
LEFT JOIN pg_opclass c ON k.conexclop IS NULL AND c.oid = (i.indclass::oid[])[place - 1]
LEFT JOIN pg_amop a ON a.amopfamily = c.opcfamily AND a.amopstrategy = 3 AND a.amoplefttype = c.opcintype AND a.amoprighttype = c.opcintype
JOIN pg_operator o ON o.oid = coalesce(k.conexclop[place], a.amopopr)
JOIN pg_namespace n ON n.oid = o.oprnamespace
ORDER BY asked.name, k.conname, place`

// VerifyConstraints implements [sqldata.Verifier]: it holds the rows of the selections against the deferrable unique and exclusion constraints,
// which the server does not check in a stage that suspends triggers.
func (dialect) VerifyConstraints(ctx context.Context, conn *sqlx.Conn, written []sqldata.Selection) ([]refresh.Finding, error) {
	byTable := map[string]sqldata.Selection{}
	tables := make([]string, len(written))
	for i, s := range written {
		tables[i], byTable[s.Table.SQL] = s.Table.SQL, s
	}
	var elements []constraintElement
	if err := conn.SelectContext(ctx, &elements, constraintsQuery, tables); err != nil {
		return nil, fmt.Errorf("reading the deferrable constraints: %w", err)
	}
	var findings []refresh.Finding
	for len(elements) > 0 {
		n := 1
		for n < len(elements) && elements[n].Table == elements[0].Table && elements[n].Name == elements[0].Name {
			n++
		}
		s := byTable[elements[0].Table]
		var rows int64
		if err := conn.GetContext(ctx, &rows, conflicts(s, elements[:n]), s.Params...); err != nil {
			return nil, fmt.Errorf("table %s: verifying constraint %s: %w", s.Table.Name, elements[0].Name, err)
		}
		if rows > 0 {
			findings = append(findings, refresh.Finding{Table: s.Table.Name, Rows: rows,
				Message: fmt.Sprintf("constraint %s: %d rows are in conflict with others", elements[0].Name, rows)})
		}
		elements = elements[n:]
	}
	return findings, nil
}

// conflicts is the query for the number of rows of the selection that are in conflict with another row of the table.
func conflicts(s sqldata.Selection, elements []constraintElement) string {
	columns, met := []string{"tableoid AS part", "ctid AS place"}, []string{"(b.part, b.place) <> (a.part, a.place)"}
	for _, e := range elements {
		columns = append(columns, fmt.Sprintf("%s AS e%d", e.SQL, e.Place))
		condition := fmt.Sprintf("a.e%d %s b.e%d", e.Place, e.Operator, e.Place)
		if e.NullsSame {
			condition = fmt.Sprintf("(%s OR a.e%d IS NULL AND b.e%d IS NULL)", condition, e.Place, e.Place)
		}
		met = append(met, condition)
	}
	mine, all := s.Where, ""
	if p := elements[0].Predicate; p != nil {
		all = " WHERE (" + *p + ")"
		if mine == "" {
			mine = all
		} else {
			mine += " AND (" + *p + ")"
		}
	}
	from := "(SELECT " + strings.Join(columns, ", ") + " FROM " + s.Table.SQL
	return "SELECT count(*) FROM " + from + mine + ") a WHERE EXISTS (SELECT 1 FROM " + from + all + ") b WHERE " + strings.Join(met, " AND ") + ")"
}
