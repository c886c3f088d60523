package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/stdlib"
)

// Journey is statements that travel to PostgreSQL together, none of them waiting
// for the answer to the one before. The first that fails ends the journey, and
// what comes after it is not done (PostgreSQL 15, chapter 55.2.3).
type Journey struct{ stops []stop }

type stop struct {
	statement  string
	parameters [][]byte
	rows       []byte // of a COPY
}

// Exec adds a statement with its parameters (Array).
func (j *Journey) Exec(statement string, parameters ...[]byte) {
	j.stops = append(j.stops, stop{statement, parameters, nil})
}

// Copy adds a statement that copies rows into a table (CopyRows).
func (j *Journey) Copy(statement string, rows []byte) {
	j.stops = append(j.stops, stop{statement, nil, rows})
}

// Run sends the statements and tells how many rows each has changed, of those that
// were done. A connection that fails on the way is closed.
func (j *Journey) Run(ctx context.Context, conn *sql.Conn) (changed []int64, err error) {
	err = conn.Raw(func(opened any) error {
		c, ok := opened.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("a journey needs PostgreSQL, not %T", opened)
		}
		err := j.send(ctx, c.Conn())
		if err == nil {
			changed, err = j.answers(ctx, c.Conn().PgConn())
		}
		var refused *pgconn.PgError
		if err != nil && !errors.As(err, &refused) { // which answer is whose is not known any more
			err = errors.Join(err, c.Conn().Close(ctx))
		}
		return err
	})
	return changed, classify(err)
}

func (j *Journey) send(ctx context.Context, c *pgx.Conn) error {
	names := make([]string, len(j.stops))
	for i, s := range j.stops {
		// The connection remembers what it has prepared, and such a statement is planned
		// once for arrays of any length, so that rows are found by their index.
		known, err := c.Prepare(ctx, s.statement, s.statement)
		if err != nil {
			return err
		}
		names[i] = known.Name
	}
	out := c.PgConn().Frontend()
	for i, s := range j.stops {
		out.SendBind(&pgproto3.Bind{PreparedStatement: names[i], Parameters: s.parameters, ParameterFormatCodes: []int16{pgx.BinaryFormatCode}})
		out.SendExecute(&pgproto3.Execute{})
		if s.rows != nil {
			out.Send(&pgproto3.CopyData{Data: s.rows})
			out.Send(&pgproto3.CopyDone{})
		}
	}
	out.SendSync(&pgproto3.Sync{})
	return out.Flush()
}

func (j *Journey) answers(ctx context.Context, pg *pgconn.PgConn) ([]int64, error) {
	changed := make([]int64, 0, len(j.stops))
	var refused error
	for {
		m, err := pg.ReceiveMessage(ctx)
		if err != nil {
			return nil, err
		}
		switch m := m.(type) {
		case *pgproto3.CommandComplete:
			changed = append(changed, pgconn.NewCommandTag(string(m.CommandTag)).RowsAffected())
		case *pgproto3.ErrorResponse:
			refused = pgconn.ErrorResponseToPgError(m)
		case *pgproto3.ReadyForQuery:
			return changed, refused
		}
	}
}
