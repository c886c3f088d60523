package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// The conditions a caller can act on; test with errors.Is.
var (
	// ErrFull says that the disk is full. Nothing of the transaction is stored.
	ErrFull = errors.New("the disk is full")
	// ErrBusy says that another process held the lock for too long, or that two
	// transactions got into each other's way. Nothing of the transaction is
	// stored; it may run again.
	ErrBusy = errors.New("the database is busy")
	// ErrUnique says that a row like it is already there.
	ErrUnique = errors.New("a unique index refused the row")
	// ErrCheck says that a CHECK constraint refused the row.
	ErrCheck = errors.New("a check constraint refused the row")
	// ErrLost says that the connection to the database was lost before the commit.
	// Nothing of the transaction is stored; it may run again.
	ErrLost = errors.New("the connection to the database was lost")
	// ErrUnknown says that the connection was lost while the commit was under way:
	// whether it is stored has to be looked up.
	ErrUnknown = errors.New("the commit was not answered")
)

// Classify marks a driver's error with the condition it stands for. An error
// that is already marked, or is none of the driver's, comes back as it is.
func Classify(err error) error { return classify(err) }

func classify(err error) error {
	if err == nil {
		return nil
	}
	for _, known := range [...]error{ErrFull, ErrBusy, ErrUnique, ErrCheck, ErrLost, ErrUnknown} {
		if errors.Is(err, known) {
			return err
		}
	}
	if kind := conditionOf(err); kind != nil {
		return fmt.Errorf("%w: %w", kind, err)
	}
	return err
}

func conditionOf(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return ErrFull
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return liteCondition(lite)
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return serverCondition(server.Code)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil // the caller gave up
	}
	var connect *pgconn.ConnectError
	var network net.Error
	if errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return ErrLost
	}
	return nil
}

func liteCondition(err sqlite3.Error) error {
	switch {
	case err.Code == sqlite3.ErrFull:
		return ErrFull
	case err.Code == sqlite3.ErrBusy || err.Code == sqlite3.ErrLocked:
		return ErrBusy
	case err.ExtendedCode == sqlite3.ErrConstraintUnique || err.ExtendedCode == sqlite3.ErrConstraintPrimaryKey:
		return ErrUnique
	case err.ExtendedCode == sqlite3.ErrConstraintCheck:
		return ErrCheck
	}
	return nil
}

// serverCondition reads an SQLSTATE (PostgreSQL 15, appendix A).
func serverCondition(code string) error {
	switch code {
	case "53100": // disk_full
		return ErrFull
	case "40001", "40P01", "55P03", "53300": // serialization_failure, deadlock_detected, lock_not_available, too_many_connections
		return ErrBusy
	case "23505": // unique_violation
		return ErrUnique
	case "23514": // check_violation
		return ErrCheck
	case "25P03", "57P01", "57P02", "57P03": // idle_in_transaction_session_timeout, admin_shutdown, crash_shutdown, cannot_connect_now
		return ErrLost
	}
	if strings.HasPrefix(code, "08") { // connection exceptions
		return ErrLost
	}
	return nil
}
