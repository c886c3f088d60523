package console

import (
	"context"

	"ezhitong.tw/central/fleet"
)

// Keys is what the door asks of fleet.Fleet about central's own keys.
type Keys interface {
	Keys() (states []fleet.KeyState, unseen int)
	RotateKeys(ctx context.Context, actor string) error
	RetireKeys(ctx context.Context, actor string) error
}

// KeysAnswer is all generations of central's keys, the newest first, and how
// many devices were never seen with any.
type KeysAnswer struct {
	Generations []fleet.KeyState
	Unseen      int
}

// The commands about keys.
const (
	keysStatus = "status"
	keysRotate = "rotate"
	keysRetire = "retire"
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

func (cfg Config) keys(ctx context.Context, command string) (a KeysAnswer, err error) {
	switch command {
	case keysRotate:
		err = cfg.Keys.RotateKeys(ctx, actor)
	case keysRetire:
		err = cfg.Keys.RetireKeys(ctx, actor)
	}
	a.Generations, a.Unseen = cfg.Keys.Keys()
	return a, err
}
