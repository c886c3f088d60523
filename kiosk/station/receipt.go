package station

import (
	"context"
	"errors"
	"fmt"
	"os"

	"ezhitong.tw/kiosk/agent"
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
	info, err := os.Stat(c.File)
	if err == nil && info.Size() > syncproto.MaxReceipt {
		return "", refused(syncproto.ErrNoReceipt)
	}
	var file []byte
	if err == nil {
		file, err = os.ReadFile(c.File)
	}
	if err != nil {
		return "", fmt.Errorf("讀不到檔案 / can't read the file: %w", err)
	}
	r, err := flags.OpenCopy(ctx, data)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	told, err := agent.TakeReceipt(ctx, r, file)
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

// refused says what is wrong with a receipt and what to do.
func refused(err error) error {
	for _, known := range []struct {
		is   error
		text string
	}{
		{syncproto.ErrNoReceipt, "這不是中央的回條，請確認檔名 / this is no receipt of central's, check the name of the file"},
		{syncproto.ErrMalformed, "回條不完整，沒有採用；請在中央把原來的檔案再匯入一次，拿新的回條 / the receipt is not whole and was not taken: have the bundle imported once more, and bring the new receipt"},
		{syncproto.ErrSignature, "回條不是中央簽的，或被改過，沒有採用；請在中央把原來的檔案再匯入一次，拿新的回條 / the receipt is not signed by central, or was changed, and was not taken: have the bundle imported once more, and bring the new receipt"},
		{syncproto.ErrOtherCentral, "回條是別的中央主機的，或中央換過金鑰，沒有採用；請重新匯出、帶去匯入，再拿新的回條 / the receipt is another central's, or central has new keys, and was not taken: export and import once more, and bring the new receipt"},
		{replica.ErrNotEnrolled, "這台裝置還沒啟用 / this device is not enrolled"},
		{replica.ErrReceiptDevice, "回條是給另一台裝置的，沒有採用；請拿到匯出那個檔案的裝置 / the receipt is for another device and was not taken: take it to the one that exported the file"},
		{replica.ErrReceiptOld, "回條比較舊，這台裝置已經知道更多，不用再做什麼 / the receipt is older than what this device knows; nothing to do"},
		{replica.ErrReceiptHistory, "中央還原過備份，這張回條不適用，沒有採用；紀錄都還在，恢復連線後會自動補送 / central was restored from a backup, the receipt does not fit and was not taken: everything is kept, and goes up when the line is back"},
		{replica.ErrReceiptChain, "回條裡的紀錄和這台裝置的不一樣，沒有採用；可能有別的電腦用了同一份資料，請聯絡管理者 / the receipt tells of other events than this device's and was not taken: another computer may use its data, ask the administrator"},
	} {
		if errors.Is(err, known.is) {
			return fmt.Errorf("%s: %w", known.text, err)
		}
	}
	return fmt.Errorf("take the receipt: %w", err)
}
