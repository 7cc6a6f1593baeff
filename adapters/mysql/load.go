package mysql

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"

	driver "github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/errgroup"

	"github.com/retenant/retenant/adapters/sqldata"
	"github.com/retenant/retenant/refresh"
	"github.com/retenant/retenant/tenancy/schema"
)

// errTargetEnded is what the side that reads is told when the side that writes has ended early; the other one's error counts.
var errTargetEnded = errors.New("the target of the copy ended early")

// Copy implements [sqldata.Copier]: rows are read, transformed and written as the lines of a LOAD DATA LOCAL statement, which takes them from a pipe. It does
// nothing where the server takes no such lines. LOCAL makes warnings of the server's errors, so that any warning, and any row that is not
// there in the end, is an error here.
func (d dialect) Copy(ctx context.Context, source, target *sqlx.Conn, from, to sqldata.Selection, transform *refresh.Transform, progress func(rows, bytes int64)) (int64, bool, error) {
	columns := to.Table.Stored()
	if len(columns) == 0 || len(columns) != len(from.Table.Stored()) {
		return 0, false, nil
	}
	var allowed bool
	if err := target.GetContext(ctx, &allowed, "SELECT @@local_infile"); err != nil || !allowed {
		return 0, false, err
	}
	lines, pipe := io.Pipe()
	name := "retenant-" + rand.Text()
	driver.RegisterReaderHandler(name, func() io.Reader { return lines })
	defer driver.DeregisterReaderHandler(name)
	group, ctx := errgroup.WithContext(ctx)
	var sent, written int64
	group.Go(func() (err error) {
		defer func() { _ = pipe.CloseWithError(err) }() // nil is the end of the lines
		sent, err = d.send(ctx, source, from, columns, transform, pipe, progress)
		return err
	})
	group.Go(func() (err error) {
		defer func() { _ = lines.CloseWithError(errTargetEnded) }()
		written, err = load(ctx, target, to.Table, columns, name)
		return err
	})
	err := group.Wait()
	if err == nil && sent != written {
		err = fmt.Errorf("%d rows were sent and %d written", sent, written)
	}
	return written, true, err
}

// send reads the rows of the selection and writes those that are made of them as lines.
func (d dialect) send(ctx context.Context, source *sqlx.Conn, from sqldata.Selection, columns []schema.Column, transform *refresh.Transform, to io.Writer, progress func(rows, bytes int64)) (sent int64, err error) {
	stored := from.Table.Stored()
	names, r := make([]string, len(stored)), &receiver{cells: make([]any, len(stored))}
	for i, c := range stored {
		codec := d.Column(c)
		if names[i] = quote(c.Name); codec.Select != "" {
			names[i] = strings.ReplaceAll(codec.Select, "%s", names[i])
		}
		r.cells[i] = &cell{r, c.Name, codec.Decode}
	}
	rows, err := source.QueryContext(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+from.Table.SQL+from.Where, from.Params...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	r.batch = schema.NewBatch(len(stored), 0)
	made, out := schema.NewBatch(len(columns), 0), bufio.NewWriterSize(to, 64<<10)
	fields := make([]func([]byte, schema.Cell) ([]byte, error), len(columns))
	for i, c := range columns {
		fields[i] = field(c)
	}
	line := []byte(nil)
	for more := true; more; {
		r.batch.Reset()
		for more = rows.Next(); more; more = rows.Next() {
			if err := rows.Scan(r.cells...); err != nil {
				return sent, err
			}
			if r.batch.Full() {
				break
			}
		}
		made.Reset()
		if err := transform.Apply(made, r.batch); err != nil {
			return sent, err
		}
		for n := range made.Len() {
			if line, err = appendLine(line[:0], columns, fields, made.Row(n)); err != nil {
				return sent, err
			}
			if _, err := out.Write(line); err != nil {
				return sent, err
			}
		}
		sent += int64(made.Len())
		progress(int64(made.Len()), int64(made.Size()))
	}
	return sent, errors.Join(rows.Err(), out.Flush())
}

// receiver collects the rows that the driver returns.
type receiver struct {
	cells []any
	batch *schema.Batch
}

// cell implements [sql.Scanner]. The columns of a row are scanned in their order.
type cell struct {
	to     *receiver
	column string
	decode func([]byte, any) ([]byte, schema.Form, error)
}

// Scan implements [sql.Scanner].
func (c *cell) Scan(value any) error {
	if value == nil {
		c.to.batch.Put(c.to.batch.Buffer(), schema.Null)
		return nil
	}
	buf, form, err := c.decode(c.to.batch.Buffer(), value)
	if err != nil {
		return fmt.Errorf("column %s: %w", c.column, err)
	}
	c.to.batch.Put(buf, form)
	return nil
}

// load runs the statement that takes the lines, and returns the number of rows that it added.
func load(ctx context.Context, target *sqlx.Conn, table *schema.Table, columns []schema.Column, name string) (int64, error) {
	var list, set []string
	for i, c := range columns {
		variable := fmt.Sprintf("@retenant_%d", i)
		switch expression := assigned(c, variable); expression {
		case "":
			list = append(list, quote(c.Name))
		default:
			list, set = append(list, variable), append(set, quote(c.Name)+" = "+expression)
		}
	}
	statement := `LOAD DATA LOCAL INFILE 'Reader::` + name + `' INTO TABLE ` + table.SQL + ` CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\t' ESCAPED BY '\\' LINES TERMINATED BY '\n' (` + strings.Join(list, ", ") + `)`
	if len(set) > 0 {
		statement += " SET " + strings.Join(set, ", ")
	}
	result, err := target.ExecContext(ctx, statement)
	if err != nil {
		return 0, err
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return rows, err
	}
	return rows, warned(ctx, target)
}

// warned returns the first warning of the last statement as the error that it would be elsewhere.
func warned(ctx context.Context, conn *sqlx.Conn) error {
	var warnings []struct {
		Level   string `db:"Level"`
		Code    uint16 `db:"Code"`
		Message string `db:"Message"`
	}
	if err := conn.SelectContext(ctx, &warnings, "SHOW WARNINGS LIMIT 1"); err != nil {
		return err
	}
	if len(warnings) == 0 {
		return nil
	}
	return &driver.MySQLError{Number: warnings[0].Code, Message: warnings[0].Message}
}
