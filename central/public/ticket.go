package public

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"sync"
	"time"

	ical "github.com/arran4/golang-ical"
	"github.com/boombuler/barcode"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"ezhitong.tw/assets/fonts"
	"ezhitong.tw/central/web"
)

// ics writes a booking as a calendar event (RFC 5545), with lines that end in CR LF.
func ics(p web.Page, v ticketView) string {
	cal := ical.NewCalendarFor("ezhitong.tw")
	cal.SetMethod(ical.MethodPublish)
	b := v.Booking
	e := cal.AddEvent(b.ID.String() + "@ezhitong.tw")
	e.SetDtStampTime(b.Created)
	e.SetStartAt(b.Slot.Date.At(b.Slot.Start))
	e.SetEndAt(b.Slot.Date.At(b.Slot.End))
	vaccine := v.VaccineName(p.Locale) + p.T("public.list.comma") + p.DoseName(v.Dose)
	e.SetSummary(p.T("public.ics.summary", "vaccine", vaccine))
	e.SetLocation(v.Site.Name + " " + v.FullAddress())
	lines := []string{p.T("public.result.code") + " " + v.Code, p.T("public.result.phone") + " " + v.Site.Phone}
	for _, item := range v.Programme.Bring {
		lines = append(lines, "- "+p.Say(item))
	}
	e.SetDescription(strings.Join(lines, "\n"))
	if !b.Active() {
		e.SetStatus(ical.ObjectStatusCancelled)
	}
	alarm := e.AddAlarm()
	alarm.SetAction(ical.ActionDisplay)
	alarm.SetTrigger("-P1D")
	alarm.SetDescription(p.T("public.ics.summary", "vaccine", vaccine))
	return cal.Serialize(ical.WithNewLineWindows)
}

// face reads the embedded typeface once; reading takes its table of contents only.
var face = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(fonts.Regular) })

const (
	pictureWidth = 720
	largest      = 8   // pixels of a QR module
	pictureText  = 430 // height of what is written above and below
)

// ticketPNG draws what one shows at the desk: when, where, the QR code and the code.
func ticketPNG(p web.Page, v ticketView, text string) ([]byte, error) {
	code, err := web.EncodeQR(text)
	if err != nil {
		return nil, err
	}
	f, err := face()
	if err != nil {
		return nil, fmt.Errorf("read the typeface: %w", err)
	}
	n := code.Bounds().Dx() + 2*web.QuietQR
	module := min(largest, pictureWidth/n)
	img := image.NewRGBA(image.Rect(0, 0, pictureWidth, n*module+pictureText))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	y, err := writeTicket(img, f, p, v)
	if err != nil {
		return nil, err
	}
	drawQR(img, code, image.Pt((pictureWidth-n*module)/2, y), module)
	if err := write(img, f, 36, pictureWidth/2-105, y+n*module+36, v.Code); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("draw the ticket: %w", err)
	}
	return out.Bytes(), nil
}

// writeTicket writes the lines above the QR code and gives where they end.
func writeTicket(img draw.Image, f *opentype.Font, p web.Page, v ticketView) (int, error) {
	b, y := v.Booking, 64
	for _, line := range []struct {
		size int
		text string
	}{
		{28, b.Person.Name.String()},
		{40, p.Span(b.Slot.Date, b.Slot.Start, b.Slot.End)},
		{28, v.VaccineName(p.Locale) + p.T("public.list.comma") + p.DoseName(v.Dose)},
		{28, v.Site.Name},
		{24, v.FullAddress()},
		{24, v.Site.Phone},
	} {
		if err := write(img, f, float64(line.size), 40, y+line.size/2, line.text); err != nil {
			return 0, err
		}
		y += line.size * 8 / 5
	}
	return y, nil
}

// drawQR draws a QR code with its web.QuietQR zone from a corner on.
func drawQR(img draw.Image, code barcode.Barcode, corner image.Point, module int) {
	n := code.Bounds().Dx()
	for y := range n {
		for x := range n {
			if web.DarkQR(code, x, y) {
				at := corner.Add(image.Pt((x+web.QuietQR)*module, (y+web.QuietQR)*module))
				draw.Draw(img, image.Rectangle{Min: at, Max: at.Add(image.Pt(module, module))}, image.Black, image.Point{}, draw.Src)
			}
		}
	}
}

func write(img draw.Image, f *opentype.Font, size float64, x, y int, text string) error {
	fc, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return fmt.Errorf("draw the ticket: %w", err)
	}
	defer fc.Close()
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.Black), Face: fc, Dot: fixed.P(x, y)}
	d.DrawString(text)
	return nil
}

// madeAt writes 115年11月24日 09:41.
func madeAt(p web.Page, t time.Time) string {
	return p.T("format.longdate", "value", t.Format(time.RFC3339)) + " " + p.Clock(t)
}
