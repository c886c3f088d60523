package main

import (
	"context"

	"ezhitong.tw/kiosk/roster"
)

// account is whose PIN opens the staff menu of a kiosk.
const account = "kiosk"

// lock is the one PIN of this machine, on its roster.
type lock struct{ *roster.Roster }

// Chosen tells whether there is a PIN.
func (l lock) Chosen(ctx context.Context) (bool, error) {
	all, err := l.Members(ctx)
	return len(all) > 0, err
}

// Choose sets the first PIN.
func (l lock) Choose(ctx context.Context, pin string) error {
	return l.Begin(ctx, roster.Member{Account: account, Name: "報到機"}, pin)
}

// Reset sets the PIN anew with central's code for the roster's Challenge.
func (l lock) Reset(ctx context.Context, code, pin string) error {
	return l.Roster.Reset(ctx, account, code, pin)
}

// Extend opens the locked device for a day of checking in; the PIN was judged at the gate.
func (l lock) Extend(ctx context.Context) error {
	_, err := l.Roster.Extend(ctx, account)
	return err
}

// Open judges a PIN.
func (l lock) Open(ctx context.Context, pin string) error {
	_, err := l.SignIn(ctx, account, pin)
	return err
}
