package station

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// The codes with which something is refused that is carried by hand. Each has a text
// under "device." in every language, as the receipts' codes have (receipts).
const (
	CarryNothing  = "carry_nothing"  // no event waits
	CarryNoDrive  = "carry_no_drive" // there is no such folder
	CarryReadOnly = "carry_readonly" // nothing can be written there
	CarryFull     = "carry_full"     // it could not be written whole
	CarryNone     = "carry_none"     // there is no receipt in the folder
)

// receiptFiles is how central names what it writes.
const receiptFiles = "*.ezreceipt"

// Export writes what waits into a new file in a folder, and gives the file and how many
// events it holds. What is in the way is a refusal.
func (s *Station) Export(ctx context.Context, folder string) (file string, events int, err error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", 0, clinic.Refuse(CarryNoDrive)
	}
	sealed, events, err := agent.Bundle(ctx, s.Replica)
	switch {
	case errors.Is(err, agent.ErrNothingWaits):
		return "", 0, clinic.Refuse(CarryNothing)
	case errors.Is(err, replica.ErrNotEnrolled):
		return "", 0, clinic.Refuse("not_enrolled")
	case err != nil:
		return "", 0, fmt.Errorf("make the bundle: %w", err)
	}
	self, err := s.Replica.Identity(ctx)
	if err != nil {
		return "", 0, err
	}
	file = filepath.Join(folder, fmt.Sprintf("%s-%s-%s.ezbundle", self.Grant.Site, self.Grant.Letter, s.Replica.Now().Format("20060102-150405")))
	err = create(file, sealed)
	switch {
	case errors.Is(err, errUnfinished):
		s.opt.Log.Warn("the bundle is not written", "file", file, "why", err)
		return "", 0, clinic.Refuse(CarryFull)
	case err != nil:
		s.opt.Log.Warn("the bundle is not written", "file", file, "why", err)
		return "", 0, clinic.Refuse(CarryReadOnly)
	}
	return file, events, nil
}

// TakeReceipts takes in what central wrote about this device's bundles in a folder, the
// oldest first, and gives what the last one told. One stick may carry those of several
// devices: a refusal is given only where none was taken, of the newest.
func (s *Station) TakeReceipts(ctx context.Context, folder string) (agent.Receipt, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return agent.Receipt{}, clinic.Refuse(CarryNoDrive)
	}
	files, err := filepath.Glob(filepath.Join(escapeGlob(folder), receiptFiles))
	if err != nil {
		return agent.Receipt{}, fmt.Errorf("look for receipts: %w", err)
	}
	written := func(file string) time.Time {
		info, err := os.Stat(file)
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortStableFunc(files, func(a, b string) int { return written(a).Compare(written(b)) })
	var (
		told  agent.Receipt
		taken bool
		why   error = clinic.Refuse(CarryNone)
	)
	for _, file := range files {
		one, err := takeReceipt(ctx, s.Replica, file)
		if err != nil {
			s.opt.Log.Warn("a receipt is not taken", "file", file, "why", err)
			why = receiptRefusal(err)
			continue
		}
		told, taken = one, true
	}
	if !taken {
		return agent.Receipt{}, why
	}
	return told, nil
}

// receiptRefusal is a receipt's error as a refusal; what nobody foresaw stays as it is.
func receiptRefusal(err error) error {
	for _, known := range receipts {
		if errors.Is(err, known.is) {
			return clinic.Refuse(known.code)
		}
	}
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return clinic.Refuse(CarryNoDrive)
	}
	return err
}

// takeReceipt reads a file and takes it in.
func takeReceipt(ctx context.Context, r *replica.Replica, path string) (agent.Receipt, error) {
	info, err := os.Stat(path)
	if err != nil {
		return agent.Receipt{}, err
	}
	if info.Size() > syncproto.MaxReceipt {
		return agent.Receipt{}, syncproto.ErrNoReceipt
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return agent.Receipt{}, err
	}
	return agent.TakeReceipt(ctx, r, file)
}
