package console

import (
	"context"

	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/vault"
)

// Keys is what the door asks of fleet.Fleet about central's own keys.
type Keys interface {
	Keys() (states []fleet.KeyState, unseen int)
	RotateKeys(ctx context.Context, actor string) error
	RetireKeys(ctx context.Context, actor string) error
}

// DataKeys is what the door asks of vault.Vault about the keys that seal personal
// fields.
type DataKeys interface {
	States(ctx context.Context) ([]vault.State, error)
	Rotate(ctx context.Context, actor string) error
}

// KeysAnswer is all generations of central's keys, the newest first, how many
// devices were never seen with any, and the keys that seal personal fields, the
// oldest first.
type KeysAnswer struct {
	Generations []fleet.KeyState
	Unseen      int
	Data        []vault.State
}

// The commands about keys.
const (
	keysStatus = "status"
	keysRotate = "rotate"
	keysRetire = "retire"
	keysReseal = "reseal"
)

// KeysStatus asks the server that runs on a data folder about its keys.
func KeysStatus(ctx context.Context, folder string) (KeysAnswer, error) {
	return call[KeysAnswer](ctx, folder, pathKeys, keysStatus)
}

// RotateKeys has the server draw its next keys.
func RotateKeys(ctx context.Context, folder string) (KeysAnswer, error) {
	return call[KeysAnswer](ctx, folder, pathKeys, keysRotate)
}

// RetireKeys has the server end its old keys.
func RetireKeys(ctx context.Context, folder string) (KeysAnswer, error) {
	return call[KeysAnswer](ctx, folder, pathKeys, keysRetire)
}

// ResealData has the server draw the next key that seals personal fields.
func ResealData(ctx context.Context, folder string) (KeysAnswer, error) {
	return call[KeysAnswer](ctx, folder, pathKeys, keysReseal)
}

func (cfg Config) keys(ctx context.Context, command string) (a KeysAnswer, err error) {
	switch command {
	case keysRotate:
		err = cfg.Keys.RotateKeys(ctx, actor)
	case keysRetire:
		err = cfg.Keys.RetireKeys(ctx, actor)
	case keysReseal:
		err = cfg.DataKeys.Rotate(ctx, actor)
	}
	if err != nil {
		return a, err
	}
	a.Generations, a.Unseen = cfg.Keys.Keys()
	a.Data, err = cfg.DataKeys.States(ctx)
	return a, err
}
