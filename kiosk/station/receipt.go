package station

import (
	"context"
	"errors"
	"fmt"
	"os"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// ReceiptCommand takes a receipt in.
type ReceiptCommand struct {
	File string `arg:"" type:"path" help:"central bundle import 寫的回條，例如 clinic.ezbundle.ezreceipt。The receipt that central bundle import wrote."`
}

// Run has the replica in a folder know what central has, and says what that is. The
// program may be running on the same folder meanwhile.
func (c *ReceiptCommand) Run(ctx context.Context, data string, flags Flags) (text string, err error) {
	if _, err := os.Stat(c.File); err != nil {
		return "", fmt.Errorf("讀不到檔案 / can't read the file: %w", err)
	}
	r, err := flags.OpenCopy(ctx, data)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	told, err := takeReceipt(ctx, r, c.File)
	if err != nil {
		return "", refused(err)
	}
	text = fmt.Sprintf("中央已有這台裝置第 %[1]d 筆以前的紀錄；還有 %[2]d 筆等待送出 / central has this device's events up to %[1]d; %[2]d still wait", told.Acked, told.Waiting)
	if told.Look > 0 {
		text += fmt.Sprintf("\n%[1]d 筆由中央的人員查看，這裡不用做什麼 / %[1]d of them staff at central look at; nothing to do here", told.Look)
	}
	if told.Undone > 0 {
		text += fmt.Sprintf("\n%[1]d 筆變更中央沒有照辦，原因在櫃檯的「改約、取消」頁 / %[1]d requests were not done, the page of changes at the desk says why", told.Undone)
	}
	return text, nil
}

// receipts are the ways in which a receipt is not taken; each code has a text under
// "device." in every language that says what to do.
var receipts = []struct {
	is   error
	code string
}{
	{syncproto.ErrNoReceipt, "receipt_none"},
	{syncproto.ErrMalformed, "receipt_torn"},
	{syncproto.ErrSignature, "receipt_unsigned"},
	{syncproto.ErrOtherCentral, "receipt_other_central"},
	{replica.ErrNotEnrolled, "not_enrolled"},
	{replica.ErrReceiptDevice, "receipt_other_device"},
	{replica.ErrReceiptOld, "receipt_old"},
	{replica.ErrReceiptHistory, "receipt_restored"},
	{replica.ErrReceiptChain, "receipt_other_events"},
}

// refused says what is wrong with a receipt and what to do, in both languages.
func refused(err error) error {
	for _, known := range receipts {
		if errors.Is(err, known.is) {
			return fmt.Errorf("%s: %w", inBoth("device."+known.code, nil), err)
		}
	}
	return fmt.Errorf("take the receipt: %w", err)
}

// inBoth is a text as commands say it, in Chinese and English.
func inBoth(key string, args map[string]string) string {
	return i18n.T(i18n.Default, key, args) + " / " + i18n.T("en", key, args)
}
