package main

import (
	"errors"

	"ezhitong.tw/drivers/nhicard"
)

// advice is what a person is told: what happened and what to do next.
type advice struct{ Code, ZH, EN string }

// trouble finds the words for a code; a record's words name the field at fault.
func trouble(code string, errs ...error) advice {
	for _, a := range advices() {
		if a.Code != code {
			continue
		}
		var record *nhicard.RecordError
		if len(errs) > 0 && errors.As(errs[0], &record) {
			zh, en := fieldName(record.Field)
			a.ZH = "卡片上的" + zh + "不合規格。請核對卡面，改用手動輸入。"
			a.EN = "The " + en + " stored on the card is not sound. Check the printed card and type it in by hand."
		}
		return a
	}
	return advice{code, "讀卡中斷了。請重插卡片，再試一次。", "Reading stopped. Insert the card again and try once more."}
}

func advices() []advice {
	return []advice{
		{"usage", "指令的寫法不對。請用 --help 查看用法。", "The command line is not right. See --help."},
		{"no_port", "找不到這個連接埠。請檢查讀卡機接線與 --port 的路徑。", "There is no such port. Check the reader's cable and the path given with --port."},
		{"not_serial", "這個路徑不是序列埠。請改用讀卡機的連接埠，例如 /dev/ttyUSB0。", "This path is not a serial port. Give the reader's port, for example /dev/ttyUSB0."},
		{"denied", "您沒有這個連接埠的權限。請加入 dialout 群組後重新登入。", "You may not use this port. Join the group dialout and log in again."},
		{"port_busy", "連接埠正由其他程式使用。請先關閉那個程式。", "Another program is using the port. Close it first."},
		{"port_blocked", "連接埠一直打不開。請拔下讀卡機，再接上。", "The port does not open. Unplug the reader and plug it in again."},
		{"no_reader", "連接埠不能使用。請檢查讀卡機，再試一次。", "The port cannot be used. Check the reader and try again."},
		{"no_service", "PC/SC 服務沒有執行。請安裝並啟動 pcscd，再試一次。", "The PC/SC service does not run. Install and start pcscd, then try again."},
		{"service_denied", "您沒有 PC/SC 服務的權限。請洽管理這台電腦的人。", "The PC/SC service does not serve this user. Ask whoever looks after this machine."},
		{"unknown_reader", "找不到這台 PC/SC 讀卡機。請用 --list 查看名稱。", "There is no PC/SC reader of that name. See --list."},
		{"card_in_use", "卡片正由其他程式使用。請等它讀完，再試一次。", "Another program is using the card. Wait until it is done and try again."},
		{"silent", "讀卡機沒有回應。請檢查電源與接線，再試一次。", "The reader does not answer. Check its power and cable and try again."},
		{"not_ccid", "這個連接埠接的不是讀卡機。請改用讀卡機的連接埠。", "What is on this port is not a card reader. Give the reader's port."},
		{"line_gone", "讀卡機的連線斷了。請重新接好，再試一次。", "The line to the reader is gone. Plug it in again and try once more."},
		{"no_card", "讀卡機裡沒有卡片。請插入健保卡，再試一次。", "There is no card in the reader. Insert the NHI card and try again."},
		{"card_mute", "讀不到晶片。請檢查卡片方向，擦拭晶片後重插。", "The chip does not answer. Check which way the card faces, wipe the chip, insert it again."},
		{"card_removed", "卡片讀到一半就抽出了。請重插，看到結果再取出。", "The card was taken out too early. Insert it again and wait for the result."},
		{"card_protocol", "這張卡片不是健保卡。請改插健保卡。", "This card is not an NHI card. Insert the NHI card."},
		{"not_nhi", "這張卡片不是健保卡。請改插健保卡。", "This card is not an NHI card. Insert the NHI card."},
		{"hpc", "這是醫事人員卡。請改插民眾的健保卡。", "This is a health professional card. Insert the patient's NHI card."},
		{"record", "卡片上的資料不合規格。請核對卡面，改用手動輸入。", "The record on the card is not sound. Check the printed card and type it in by hand."},
		{"card_unreadable", "卡片讀到一半就不回應了。請擦拭晶片後重插。", "The card stopped answering. Wipe the chip and insert it again."},
		{"reader_refused", "讀卡機不接受讀卡指令。請拔下讀卡機，再接上。", "The reader refuses to read. Unplug it and plug it in again."},
		{"timeout", "時間內沒讀完卡片。請重插卡片，再試一次。", "The card was not read in time. Insert it again and try once more."},
		{"internal", "讀卡中斷了。請重插卡片，再試一次。", "Reading stopped. Insert the card again and try once more."},
	}
}

func fieldName(f nhicard.Field) (zh, en string) {
	switch f {
	case nhicard.FieldNumber:
		return "卡號", "card number"
	case nhicard.FieldID:
		return "身分證號", "ID number"
	case nhicard.FieldBirth:
		return "出生日期", "date of birth"
	case nhicard.FieldSex:
		return "性別", "sex"
	case nhicard.FieldIssued:
		return "發卡日期", "date of issue"
	case nhicard.FieldLength:
		return "資料長度", "length of the record"
	}
	return "資料", "record"
}
