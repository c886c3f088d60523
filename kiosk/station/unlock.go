package station

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
	"ezhitong.tw/kiosk/roster"
)

// UnlockCommand opens a device whose grant has ended, in the words of kong.
type UnlockCommand struct {
	Account string `arg:"" help:"管理者的代號。The manager's account."`
}

// longPIN bounds what is read as a PIN.
const longPIN = 64

// Run reads the manager's PIN, a line, and says until when people can be checked in.
// The program may be running on the same folder meanwhile.
func (c *UnlockCommand) Run(ctx context.Context, data string, flags Flags, pin io.Reader) (text string, err error) {
	line, err := bufio.NewReader(io.LimitReader(pin, longPIN)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the PIN: %w", err)
	}
	r, err := flags.OpenCopy(ctx, data)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	until, err := (&roster.Roster{Replica: r}).Unlock(ctx, c.Account, strings.TrimSpace(line))
	var no *clinic.Refusal
	if errors.As(err, &no) {
		for _, room := range []string{"roster.", "device."} {
			if i18n.Has(i18n.Default, room+no.Code) {
				return "", errors.New(inBoth(room+no.Code, no.Args))
			}
		}
	}
	if err != nil {
		return "", fmt.Errorf("unlock the device: %w", err)
	}
	at := until.In(clinic.Taipei)
	return fmt.Sprintf("可以報到到 %s %s。其他事情仍要等裝置重新啟用；連上中央後，這段時間的報到會請人員確認 / open for checking in until %s",
		twid.LongDate(clinic.DateOf(at)), at.Format("15:04"), at.Format("2006-01-02 15:04")), nil
}
