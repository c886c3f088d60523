package sqldb

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// The conditions a caller can act on; test with errors.Is.
var (
	// ErrFull says that the disk is full. Nothing of the transaction is stored.
	ErrFull = errors.New("the disk is full")
	// ErrBusy says that another process held the lock for too long. Nothing of
	// the transaction is stored; it may run again.
	ErrBusy = errors.New("the database is busy")
	// ErrUnique says that a row like it is already there.
	ErrUnique = errors.New("a unique index refused the row")
	// ErrCheck says that a CHECK constraint refused the row.
	ErrCheck = errors.New("a check constraint refused the row")
)

// Classify marks a driver's error with the condition it stands for. An error
// that is already marked, or is none of the driver's, comes back as it is.
func Classify(err error) error { return classify(err) }

func classify(err error) error {
	if err == nil || errors.Is(err, ErrFull) || errors.Is(err, ErrBusy) || errors.Is(err, ErrUnique) || errors.Is(err, ErrCheck) {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	var driver sqlite3.Error
	if !errors.As(err, &driver) {
		return err
	}
	switch {
	case driver.Code == sqlite3.ErrFull:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case driver.Code == sqlite3.ErrBusy || driver.Code == sqlite3.ErrLocked:
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case driver.ExtendedCode == sqlite3.ErrConstraintUnique || driver.ExtendedCode == sqlite3.ErrConstraintPrimaryKey:
		return fmt.Errorf("%w: %w", ErrUnique, err)
	case driver.ExtendedCode == sqlite3.ErrConstraintCheck:
		return fmt.Errorf("%w: %w", ErrCheck, err)
	}
	return err
}
