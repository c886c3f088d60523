package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Account is a row of the account table. Instants are Unix milliseconds, 0 for
// never.
type Account struct {
	Name     string
	Display  string
	Role     string
	District string
	Site     string
	Hash     string // argon2id, PHC form
	Stamp    int64  // rises when every open session has to end
	Created  int64
	Expires  int64
	Disabled int64 // since when
	Failures int   // wrong passwords in a row
	Locked   int64 // until when
	Login    int64 // the last one
}

// String leaves the hash out.
func (a Account) String() string { return "account " + a.Name }

// GoString leaves the hash out.
func (a Account) GoString() string { return a.String() }

const accountColumns = "name, display, role, district, site, hash, stamp, created, expires, disabled, failures, locked, login"

func scanAccount(r row, a *Account) error {
	return r.Scan(&a.Name, &a.Display, &a.Role, &a.District, &a.Site, &a.Hash, &a.Stamp, &a.Created, &a.Expires, &a.Disabled, &a.Failures, &a.Locked, &a.Login)
}

// Accounts lists all accounts by name.
func Accounts(ctx context.Context, q Querier) ([]Account, error) {
	return collect(ctx, q, "list accounts", func(r *sql.Rows, a *Account) error { return scanAccount(r, a) },
		"SELECT "+accountColumns+" FROM account ORDER BY name")
}

// AccountByName reads an account; ok is false where there is none.
func AccountByName(ctx context.Context, q Querier, name string) (a Account, ok bool, err error) {
	err = scanAccount(q.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM account WHERE name = $1", name), &a)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, false, nil
	}
	if err != nil {
		return Account{}, false, fmt.Errorf("read account: %w", err)
	}
	return a, true, nil
}

// AccountForChange reads an account that nobody else changes until the
// transaction ends; ok is false where there is none.
func (t *Tx) AccountForChange(name string) (a Account, ok bool, err error) {
	if _, err := t.exec("UPDATE account SET login = login WHERE name = $1", name); err != nil { // the lock that both databases know
		return Account{}, false, fmt.Errorf("lock account: %w", err)
	}
	return AccountByName(t.ctx, t.Reads(), name)
}

// InsertAccount adds an account.
func (t *Tx) InsertAccount(a Account) error {
	return t.one("insert account", "INSERT INTO account ("+accountColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		a.Name, a.Display, a.Role, a.District, a.Site, a.Hash, a.Stamp, a.Created, a.Expires, a.Disabled, a.Failures, a.Locked, a.Login)
}

// UpdateAccount writes all of an account but its name and the day it was made.
func (t *Tx) UpdateAccount(a Account) error {
	return t.one("update account", `UPDATE account SET display = $1, role = $2, district = $3, site = $4, hash = $5, stamp = $6, expires = $7,
		disabled = $8, failures = $9, locked = $10, login = $11 WHERE name = $12`,
		a.Display, a.Role, a.District, a.Site, a.Hash, a.Stamp, a.Expires, a.Disabled, a.Failures, a.Locked, a.Login, a.Name)
}

// DeleteAccount removes an account.
func (t *Tx) DeleteAccount(name string) error {
	return t.one("delete account", "DELETE FROM account WHERE name = $1", name)
}
