package main

import (
	"context"
	"errors"

	"ezhitong.tw/drivers/iso7816"
	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/drivers/pcsc"
	"ezhitong.tw/drivers/serialccid"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/drivers/smartcard"
)

// failed turns an error into what a person is told.
func (p *probe) failed(err error) output {
	return output{Trouble: trouble(p.code(err), err), Detail: err.Error()}
}

func (p *probe) code(err error) string { return codeOf(err, p.stage()) }

// codeOf names a trouble; what ran out of time is named by how far it had come.
func codeOf(err error, at stage) string {
	for _, known := range []struct {
		err  error
		code string
	}{
		{serialline.ErrNoPort, "no_port"},
		{serialline.ErrNotSerial, "not_serial"},
		{serialline.ErrDenied, "denied"},
		{serialline.ErrPortBusy, "port_busy"},
		{serialline.ErrPortBlocked, "port_blocked"},
		{pcsc.ErrNoService, "no_service"},
		{pcsc.ErrDenied, "service_denied"},
		{pcsc.ErrUnknownReader, "unknown_reader"},
		{pcsc.ErrInUse, "card_in_use"},
		{pcsc.ErrReset, "card_in_use"},
		{smartcard.ErrNoReader, "no_reader"},
		{serialline.ErrGone, "line_gone"},
		{smartcard.ErrNoCard, "no_card"},
		{smartcard.ErrCardMute, "card_mute"},
		{smartcard.ErrCardRemoved, "card_removed"},
		{smartcard.ErrCardProtocol, "card_protocol"},
		{nhicard.ErrHPC, "hpc"},
		{nhicard.ErrNotNHI, "not_nhi"},
		{nhicard.ErrRecord, "record"},
		{context.DeadlineExceeded, at.code()},
		{iso7816.ErrDead, "card_unreadable"},
		{iso7816.ErrAborted, "card_unreadable"},
		{iso7816.ErrShort, "card_unreadable"},
		{serialccid.ErrNotCCID, "not_ccid"},
		{serialccid.ErrSilent, "silent"},
	} {
		if errors.Is(err, known.err) {
			return known.code
		}
	}
	var no *serialccid.CommandError
	var answer pcsc.Error
	if errors.As(err, &no) || errors.As(err, &answer) {
		return "reader_refused"
	}
	return "internal"
}
