package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"ezhitong.tw/drivers/nhicard"
	"ezhitong.tw/drivers/serialccid"
)

// output is what a probe found: a card, or a trouble.
type output struct {
	Card     nhicard.Card
	Trouble  advice // its Code is empty when the card was read
	Detail   string // for whoever repairs it; never personal
	Port     string
	Protocol string
	ATR      string
	Reading  nhicard.Reading
	Reader   serialccid.Report
	Reveal   bool
	Took     time.Duration
}

// values are the card's fields as they are to be shown: masked unless revealed.
func (o output) values() (number, name, id, birth, issued string) {
	c := o.Card
	if !o.Reveal {
		return c.Number.String(), c.Name.String(), c.ID.String(), c.Birth.String(), c.Issued.String()
	}
	return c.Number.Reveal(), c.Name.Reveal(), c.ID.Reveal(), c.Birth.ISO(), c.Issued.ISO()
}

// show prints the result and gives the exit code.
func show(asJSON bool, stdout, stderr io.Writer, o output) int {
	var err error
	switch {
	case asJSON:
		err = showJSON(stdout, o)
	case o.Trouble.Code != "":
		_, err = fmt.Fprintf(stderr, "%s\n%s\n[%s] %s\n", o.Trouble.ZH, o.Trouble.EN, o.Trouble.Code, o.Detail)
	default:
		_, err = io.WriteString(stdout, text(o))
	}
	if err != nil || o.Trouble.Code != "" {
		return exitTrouble
	}
	return exitRead
}

func text(o output) string {
	number, name, id, birth, issued := o.values()
	sex := "女 F"
	if o.Card.Sex == nhicard.Male {
		sex = "男 M"
	}
	var b strings.Builder
	b.WriteString("健保卡 NHI card\n")
	for _, row := range [][2]string{
		{"卡號 Card number", number},
		{"姓名 Name", name},
		{"身分證號 ID number", id},
		{"出生日期 Date of birth", birth},
		{"性別 Sex", sex},
		{"發卡日期 Date of issue", issued},
	} {
		fmt.Fprintf(&b, "%s: %s\n", row[0], row[1])
	}
	if !o.Reveal {
		b.WriteString("個人資料已隱碼，加上 --reveal 可完整顯示。Personal data is masked; --reveal shows it.\n")
	}
	if o.Card.NameUncertain {
		b.WriteString("姓名可能含造字，請對照卡面。The name may hold special characters; compare it with the card.\n")
	}
	if o.Card.NameCut {
		b.WriteString("姓名在晶片上不完整，請對照卡面。The chip holds only part of the name; compare it with the card.\n")
	}
	if len(o.Reader.Degraded) > 0 {
		fmt.Fprintf(&b, "讀取時略過了小狀況。Overlooked while reading: %s\n", strings.Join(o.Reader.Degraded, ", "))
	}
	return b.String()
}

// The JSON object. Its names are stable: programs read it.
type (
	cardJSON struct {
		OK            bool       `json:"ok"`
		Number        string     `json:"number"`
		Name          string     `json:"name"`
		NameUncertain bool       `json:"name_uncertain"`
		NameCut       bool       `json:"name_cut"`
		ID            string     `json:"id"`
		Birth         string     `json:"birth"`
		Sex           string     `json:"sex"`
		Issued        string     `json:"issued"`
		Masked        bool       `json:"masked"`
		ATR           string     `json:"atr"`
		Protocol      string     `json:"protocol"`
		Select        string     `json:"select_status"`
		Milliseconds  int64      `json:"milliseconds"`
		Port          string     `json:"port"`
		Reader        readerJSON `json:"reader"`
	}
	troubleJSON struct {
		OK           bool       `json:"ok"`
		Code         string     `json:"code"`
		ZH           string     `json:"message_zh"`
		EN           string     `json:"message_en"`
		Detail       string     `json:"detail,omitempty"`
		Milliseconds int64      `json:"milliseconds"`
		Port         string     `json:"port"`
		Reader       readerJSON `json:"reader"`
	}
	readerJSON struct {
		Firmware   string   `json:"firmware,omitempty"`
		Echo       bool     `json:"echo"`
		Refusals   int      `json:"refusals"`
		TimeBytes  int      `json:"time_bytes"`
		Extensions int      `json:"time_extensions"`
		Late       int      `json:"late"`
		Noise      int      `json:"noise"`
		BadLRC     int      `json:"bad_lrc"`
		Degraded   []string `json:"degraded"`
	}
)

func showJSON(w io.Writer, o output) error {
	r := readerJSON{
		o.Reader.Firmware, o.Reader.Echo, o.Reader.Refusals, o.Reader.TimeBytes, o.Reader.Extensions,
		o.Reader.Late, o.Reader.Noise, o.Reader.BadLRC, append([]string{}, o.Reader.Degraded...),
	}
	encode := json.NewEncoder(w)
	encode.SetEscapeHTML(false)
	if o.Trouble.Code != "" {
		return encode.Encode(troubleJSON{
			Code: o.Trouble.Code, ZH: o.Trouble.ZH, EN: o.Trouble.EN, Detail: o.Detail,
			Milliseconds: o.Took.Milliseconds(), Port: o.Port, Reader: r,
		})
	}
	number, name, id, birth, issued := o.values()
	return encode.Encode(cardJSON{
		OK: true, Number: number, Name: name, NameUncertain: o.Card.NameUncertain, NameCut: o.Card.NameCut,
		ID: id, Birth: birth, Sex: o.Card.Sex.String(), Issued: issued, Masked: !o.Reveal,
		ATR: o.ATR, Protocol: o.Protocol, Select: o.Reading.Select.String(),
		Milliseconds: o.Took.Milliseconds(), Port: o.Port, Reader: r,
	})
}
