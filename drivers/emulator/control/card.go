package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strconv"
	"strings"

	"ezhitong.tw/drivers/emulator"
)

// Person is an invented card holder as people write one down. Number and
// Issued may be empty: a number is then made from the ID, always the same one,
// and the card counts as issued on 2023-07-04.
type Person struct {
	Kind    string `json:"kind"`  // nhi (also when empty), new, t0, foreign, hpc, mute
	ID      string `json:"id"`    // 10 characters
	Name    string `json:"name"`  // characters that Big5 has
	Birth   string `json:"birth"` // 1961-06-15
	Sex     string `json:"sex"`   // M or F
	Number  string `json:"number"`
	Issued  string `json:"issued"`  // 2023-07-04
	Chip    string `json:"chip"`    // a name of emulator.Chips
	Padding string `json:"padding"` // nul, space, full-width
}

// String masks the person, as every identity does.
func (p Person) String() string { return emulator.Holder{ID: p.ID}.String() }

// GoString masks like String.
func (p Person) GoString() string { return p.String() }

// LogValue masks like String.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

const usage = "寫法：insert ID 姓名 YYYY-MM-DD M|F，或 insert foreign|hpc|mute。Write insert ID NAME YYYY-MM-DD M|F, or insert foreign|hpc|mute"

// ParseCard makes a card from the words after insert.
func ParseCard(words []string) (emulator.Card, error) {
	var p Person
	if len(words) == 0 {
		return emulator.Card{}, errors.New(usage)
	}
	switch words[0] {
	case "nhi", "new", "t0", "foreign", "hpc", "mute":
		p.Kind, words = words[0], words[1:]
	}
	plain := []*string{&p.ID, &p.Name, &p.Birth, &p.Sex}
	named := map[string]*string{"number": &p.Number, "issued": &p.Issued, "chip": &p.Chip, "padding": &p.Padding}
	for _, w := range words {
		name, value, isNamed := strings.Cut(w, "=")
		switch {
		case isNamed && named[name] != nil:
			*named[name] = value
		case len(plain) > 0:
			*plain[0] = w
			plain = plain[1:]
		default:
			return emulator.Card{}, errors.New(usage)
		}
	}
	return p.Card()
}

// ParseHolder reads ID,NAME,YYYY-MM-DD,SEX as one text.
func ParseHolder(s string) (emulator.Card, error) {
	parts := strings.Split(s, ",")
	if len(parts) != 4 {
		return emulator.Card{}, errors.New("持卡人寫成「號碼,姓名,生日,性別」。A holder is written ID,NAME,YYYY-MM-DD,SEX")
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return Person{ID: parts[0], Name: parts[1], Birth: parts[2], Sex: parts[3]}.Card()
}

// ParseFile reads a Person written in JSON; unknown names are an error.
func ParseFile(text []byte) (emulator.Card, error) {
	var p Person
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return emulator.Card{}, fmt.Errorf("卡片檔要寫成 JSON。The card file is not the JSON expected: %w", err)
	}
	return p.Card()
}

// Card makes the card. The kinds foreign, hpc and mute have no holder.
func (p Person) Card() (emulator.Card, error) {
	switch p.Kind {
	case "foreign", "hpc", "mute":
		if p != (Person{Kind: p.Kind}) {
			return emulator.Card{}, fmt.Errorf("%s 卡沒有持卡人資料。A %s card has no holder", p.Kind, p.Kind)
		}
	}
	switch p.Kind {
	case "foreign":
		return emulator.Foreign(), nil
	case "hpc":
		return emulator.HPC(), nil
	case "mute":
		return emulator.Mute(), nil
	}
	h, err := p.holder()
	if err != nil {
		return emulator.Card{}, err
	}
	opts := []emulator.Option{emulator.WithPadding(emulator.Padding(p.Padding))}
	if p.Chip != "" {
		opts = append(opts, emulator.WithChip(emulator.Chip(p.Chip)))
	}
	var card emulator.Card
	switch p.Kind {
	case "", "nhi":
		card, err = emulator.NHI(h, opts...)
	case "new":
		card, err = emulator.NewCard(h, opts...)
	case "t0":
		card, err = emulator.T0(h, opts...)
	default:
		err = fmt.Errorf("no kind is called %q", p.Kind)
	}
	if err != nil {
		return emulator.Card{}, fmt.Errorf("這份資料寫不進卡片，請修改後再試。These data do not fit on a card: %w", err)
	}
	return card, nil
}

func (p Person) holder() (emulator.Holder, error) {
	if p.ID == "" || p.Name == "" || p.Birth == "" || p.Sex == "" {
		return emulator.Holder{}, errors.New(usage)
	}
	if p.Number == "" {
		p.Number = numberOf(p.ID)
	}
	if p.Issued == "" {
		p.Issued = "2023-07-04"
	}
	birth, err := emulator.ParseDate(p.Birth)
	if err != nil {
		return emulator.Holder{}, err
	}
	issued, err := emulator.ParseDate(p.Issued)
	if err != nil {
		return emulator.Holder{}, err
	}
	return emulator.Holder{Number: p.Number, Name: p.Name, ID: p.ID, Birth: birth, Sex: p.Sex, Issued: issued}, nil
}

// Line writes p as an insert command.
func (p Person) Line() string {
	words := []string{"insert"}
	for _, w := range []string{p.Kind, p.ID, p.Name, p.Birth, p.Sex} {
		if w != "" {
			words = append(words, quote(w))
		}
	}
	for _, n := range [][2]string{{"number", p.Number}, {"issued", p.Issued}, {"chip", p.Chip}, {"padding", p.Padding}} {
		if n[1] != "" {
			words = append(words, quote(n[0]+"="+n[1]))
		}
	}
	return strings.Join(words, " ")
}

func quote(w string) string {
	if !strings.ContainsAny(w, " \"") {
		return w
	}
	return `"` + strings.ReplaceAll(w, `"`, `""`) + `"`
}

// numberOf makes twelve digits from an ID number, so that the same person gets
// the same card and two people hardly ever do.
func numberOf(id string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // a hash never refuses
	s := strconv.FormatUint(h.Sum64()%1_000_000_000_000, 10)
	return strings.Repeat("0", 12-len(s)) + s
}
