package booking

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/seal"
)

// ErrTampered says that the audit trail is not as it was written.
var ErrTampered = errors.New("the audit trail was changed")

// TamperedError says which entry of the trail is the first that is not as it
// was written. It is ErrTampered.
type TamperedError struct {
	Row     int64 // number of the entry, from 1
	Missing bool  // it is not there; otherwise it, or the one before it, was changed
}

// Error says it for the operator.
func (e *TamperedError) Error() string {
	if e.Missing {
		return fmt.Sprintf("entry %d is missing: %v", e.Row, ErrTampered)
	}
	return fmt.Sprintf("entry %d: %v", e.Row, ErrTampered)
}

// Unwrap gives ErrTampered.
func (e *TamperedError) Unwrap() error { return ErrTampered }

// Mark names the last entry of a trail that was found whole. Kept somewhere else,
// it shows later whether entries were cut off at the end, which the chain alone
// can't tell.
type Mark struct {
	Row  int64
	Hash [8]byte // the first bytes of the entry's hash
}

// String gives 1234-0011223344556677.
func (m Mark) String() string { return fmt.Sprintf("%d-%x", m.Row, m.Hash) }

// ParseMark reads the form of String.
func ParseMark(s string) (Mark, error) {
	var m Mark
	number, digits, ok := strings.Cut(s, "-")
	n, err := strconv.ParseUint(number, 10, 62)
	hash, errHash := hex.DecodeString(digits)
	if !ok || err != nil || errHash != nil || len(hash) != len(m.Hash) {
		return Mark{}, fmt.Errorf("a mark reads 1234-0011223344556677, not %q", s)
	}
	m.Row = int64(n)
	copy(m.Hash[:], hash)
	return m, nil
}

// VerifyTrail recomputes the chain of a database's audit entries and gives the
// mark of the last one. Given an earlier mark (the zero Mark is none), its entry
// must still be there. Nothing is written; no engine need run. It returns
// ErrKeys for another database's keys and a *TamperedError for the first entry
// that is not as it was written.
func VerifyTrail(ctx context.Context, q store.Querier, keys *seal.Keyring, earlier Mark) (Mark, error) {
	text, err := store.Setting(ctx, q, settingHistory)
	if err != nil {
		return Mark{}, fmt.Errorf("verify the audit trail: %w", err)
	}
	check, err := store.Setting(ctx, q, settingKeys)
	if err != nil {
		return Mark{}, fmt.Errorf("verify the audit trail: %w", err)
	}
	history, err := clinic.ParseID(text)
	if err != nil {
		return Mark{}, fmt.Errorf("verify the audit trail: read the history's id: %w", err)
	}
	if check != keyCheck(keys, history) {
		return Mark{}, ErrKeys
	}
	return verifyChain(ctx, q, keys, earlier)
}

func verifyChain(ctx context.Context, q store.Querier, keys *seal.Keyring, earlier Mark) (last Mark, err error) {
	before := make([]byte, 32)
	err = store.EachAudit(ctx, q, 0, func(a *store.Audit) error {
		switch {
		case a.N != last.Row+1:
			return &TamperedError{Row: last.Row + 1, Missing: true}
		case string(auditHash(keys, before, a)) != string(a.Hash):
			return &TamperedError{Row: a.N}
		}
		last.Row, before = a.N, a.Hash
		copy(last.Hash[:], a.Hash)
		if last.Row == earlier.Row && last.Hash != earlier.Hash {
			return &TamperedError{Row: a.N}
		}
		return nil
	})
	if err == nil && last.Row < earlier.Row {
		err = &TamperedError{Row: last.Row + 1, Missing: true}
	}
	return last, err
}

// VerifyAudit recomputes the whole chain and gives the number of its entries.
func (e *Engine) VerifyAudit(ctx context.Context) (n int64, err error) {
	last, err := verifyChain(ctx, e.store.Reader(), e.keys, Mark{})
	return last.Row, err
}
