package main

import (
	"context"

	"ezhitong.tw/kiosk/closing"
	"ezhitong.tw/kiosk/station"
)

// carrying is the station as the page of the USB stick needs it.
type carrying struct{ station *station.Station }

// Drives are the sticks that are plugged in.
func (carrying) Drives() []string { return station.Drives() }

// Unsent counts the records that wait.
func (c carrying) Unsent(ctx context.Context) (int, error) {
	sum, err := c.station.Counter.Closing(ctx)
	return sum.Unsent, err
}

// Export writes what waits into a folder.
func (c carrying) Export(ctx context.Context, folder string) (string, int, error) {
	return c.station.Export(ctx, folder)
}

// TakeReceipts takes in what central wrote.
func (c carrying) TakeReceipts(ctx context.Context, folder string) (closing.Confirmed, error) {
	told, err := c.station.TakeReceipts(ctx, folder)
	return closing.Confirmed(told), err
}
