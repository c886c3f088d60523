package booking

import (
	"context"
	"errors"
	"fmt"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/seal"
)

// The settings that tell databases apart.
const (
	settingHistory = "history"
	settingKeys    = "keys" // a value that only the right keys give
)

// ErrKeys says that the keys do not belong to the database: the key file that
// was in use with it is needed.
var ErrKeys = errors.New("the keys do not belong to this database")

// History names this database; it changes when it was restored from a backup,
// and then every device takes a fresh copy of its site and sends again what this
// database does not have.
func (e *Engine) History() clinic.ID { return e.history }

// beginHistory reads the history's id, or gives a new database one, and refuses
// the wrong keys before anything is sealed with them.
func beginHistory(ctx context.Context, s *store.Store, keys *seal.Keyring, newID func() clinic.ID) (clinic.ID, error) {
	text, err := store.Setting(ctx, s.Reader(), settingHistory)
	if err != nil {
		return clinic.ID{}, err
	}
	if text == "" {
		if text, err = firstHistory(ctx, s, keys, newID()); err != nil {
			return clinic.ID{}, err
		}
	}
	history, err := clinic.ParseID(text)
	if err != nil {
		return clinic.ID{}, fmt.Errorf("read the history's id: %w", err)
	}
	check, err := store.Setting(ctx, s.Reader(), settingKeys)
	if err != nil {
		return clinic.ID{}, err
	}
	if check != keyCheck(keys, history) {
		return clinic.ID{}, ErrKeys
	}
	return history, nil
}

func keyCheck(keys *seal.Keyring, history clinic.ID) string {
	sum := keys.Index("keys of", history.String())
	return fmt.Sprintf("%x", sum[:8])
}

// firstHistory gives a new database its history, unless another process that
// starts at the same time has done so, and gives the one that holds.
func firstHistory(ctx context.Context, s *store.Store, keys *seal.Keyring, history clinic.ID) (string, error) {
	tx, err := s.Begin(ctx)
	if err != nil {
		return "", err
	}
	if _, err := tx.LockLedger(); err != nil {
		return "", errors.Join(err, tx.Rollback())
	}
	text, err := store.Setting(ctx, tx.Reads(), settingHistory)
	if err != nil || text != "" {
		return text, errors.Join(err, tx.Rollback())
	}
	if err := errors.Join(tx.SaveSetting(settingHistory, history.String()), tx.SaveSetting(settingKeys, keyCheck(keys, history))); err != nil {
		return "", errors.Join(err, tx.Rollback())
	}
	return history.String(), tx.Commit()
}

func saveHistory(ctx context.Context, s *store.Store, keys *seal.Keyring, history clinic.ID) (clinic.ID, error) {
	tx, err := s.Begin(ctx)
	if err != nil {
		return clinic.ID{}, err
	}
	if err := errors.Join(tx.SaveSetting(settingHistory, history.String()), tx.SaveSetting(settingKeys, keyCheck(keys, history))); err != nil {
		return clinic.ID{}, errors.Join(err, tx.Rollback())
	}
	return history, tx.Commit()
}

// Renew begins a new history in a database that was restored from a backup. Call
// it after restoring and before Open.
func Renew(ctx context.Context, s *store.Store, keys *seal.Keyring, newID func() clinic.ID) (clinic.ID, error) {
	if _, err := beginHistory(ctx, s, keys, newID); err != nil {
		return clinic.ID{}, fmt.Errorf("renew the history: %w", err)
	}
	history, err := saveHistory(ctx, s, keys, newID())
	if err != nil {
		return clinic.ID{}, fmt.Errorf("renew the history: %w", err)
	}
	return history, nil
}
