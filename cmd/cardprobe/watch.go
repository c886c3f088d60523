package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"ezhitong.tw/drivers/smartcard"
)

// watch shows what happens at a reader, and every card that goes in, until ctx ends. A reading that goes wrong is shown and
// ends nothing.
type watch struct {
	reader  smartcard.Reader
	flags   flags
	now     func() time.Time
	out     io.Writer
	results io.Writer // where texts about troubles go
}

// eventJSON is the object of --watch --json for what is no reading.
type eventJSON struct {
	Event  string `json:"event"` // reader_ready, reader_lost, card_inserted, card_removed
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

func (w watch) run(ctx context.Context) int {
	for e := range w.reader.Events(ctx) {
		if w.tell(e) != nil {
			return exitTrouble // nobody reads any more
		}
		if e.Kind == smartcard.CardInserted {
			show(w.flags.JSON, w.out, w.results, w.read(ctx))
		}
	}
	return exitRead
}

func (w watch) tell(e smartcard.Event) error {
	name, text := "card_removed", "卡片取出了。Card removed."
	code, detail := "", ""
	switch e.Kind {
	case smartcard.ReaderReady:
		name, text = "reader_ready", "讀卡機就緒。Reader ready."
	case smartcard.CardInserted:
		name, text = "card_inserted", "卡片插入了。Card inserted."
	case smartcard.ReaderLost:
		code, detail = codeOf(e.Err, greeting), e.Err.Error()
		a := trouble(code)
		name, text = "reader_lost", a.ZH+"\n"+a.EN
	case smartcard.CardRemoved:
	}
	if w.flags.JSON {
		return json.NewEncoder(w.out).Encode(eventJSON{name, code, detail})
	}
	_, err := fmt.Fprintln(w.out, text)
	return err
}

// read reads the card that is in, within the time limit.
func (w watch) read(ctx context.Context) output {
	began := w.now()
	ctx, cancel := context.WithTimeout(ctx, w.flags.Timeout)
	defer cancel()
	card, err := w.reader.Connect(ctx)
	var out output
	if err == nil {
		out, err = readCard(ctx, card, began)
	}
	if err != nil {
		out = output{Trouble: trouble(codeOf(err, reading), err), Detail: err.Error()}
	}
	out.Port, out.Reveal, out.Took = w.flags.place(), w.flags.Reveal, w.now().Sub(began)
	return out
}
