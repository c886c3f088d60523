// Package paper writes what a clinic prints: the day's list for when nothing works
// any more, and the summary at the end of a day, as PDF with the project's typeface.
package paper

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-pdf/fpdf"

	"ezhitong.tw/assets/fonts"
	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

const (
	face   = "noto"
	margin = 12.0 // mm
	row    = 8.0  // mm, high enough to write into
)

// sheet is a document in the making.
type sheet struct {
	*fpdf.Fpdf
	locale string
}

func newSheet(orientation, locale string, made time.Time, foot string) *sheet {
	s := &sheet{fpdf.New(orientation, "mm", "A4", ""), locale}
	s.AddUTF8FontFromBytes(face, "", fonts.Regular)
	s.AddUTF8FontFromBytes(face, "B", fonts.Bold)
	s.SetMargins(margin, margin, margin)
	s.SetAutoPageBreak(true, margin+6)
	s.SetCreationDate(made)
	s.SetFooterFunc(func() {
		s.SetY(-margin - 2)
		s.SetFont(face, "", 9)
		s.CellFormat(0, 5, foot, "", 0, "L", false, 0, "")
		s.SetX(margin)
		s.CellFormat(0, 5, strconv.Itoa(s.PageNo()), "", 0, "R", false, 0, "")
	})
	s.AddPage()
	return s
}

func (s *sheet) say(key string, args ...string) string {
	m := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	return i18n.T(s.locale, key, m)
}

func (s *sheet) line(size, height float64, bold bool, text string) {
	style := ""
	if bold {
		style = "B"
	}
	s.SetFont(face, style, size)
	s.CellFormat(0, height, text, "", 1, "L", false, 0, "")
}

// column is one of a table: its head and how wide it is, in mm.
type column struct {
	head  string
	width float64
}

// table draws rows under heads, which come again on every page.
func (s *sheet) table(columns []column, rows int, cell func(row, column int) string) {
	head := func() {
		s.SetFont(face, "B", 10)
		for _, c := range columns {
			s.CellFormat(c.width, row-1, s.say(c.head), "B", 0, "L", false, 0, "")
		}
		s.Ln(row - 1)
		s.SetFont(face, "", 10.5)
	}
	head()
	_, height := s.GetPageSize()
	for r := range rows {
		if s.GetY()+row > height-margin-6 {
			s.AddPage()
			head()
		}
		for i, c := range columns {
			s.CellFormat(c.width, row, s.fit(cell(r, i), c.width-2), "B", 0, "L", false, 0, "")
		}
		s.Ln(row)
	}
}

// fit cuts what is too long for a width and ends it with 「…」.
func (s *sheet) fit(text string, width float64) string {
	if s.GetStringWidth(text) <= width {
		return text
	}
	r := []rune(text)
	for n := len(r) - 1; n > 0; n-- {
		if cut := string(r[:n]) + "…"; s.GetStringWidth(cut) <= width {
			return cut
		}
	}
	return ""
}

// List writes the day's list, with full names and room to write by hand what is
// done. Whoever has it in hand can go on without any device.
func List(w io.Writer, locale, site string, day clinic.Date, made time.Time, list []reception.Entry) error {
	s := newSheet("L", locale, made, i18n.T(locale, "paper.list.foot", map[string]string{"at": stamp(locale, made)}))
	s.line(18, 9, true, s.say("paper.list", "site", site))
	s.line(12, 8, false, s.say("paper.list.day", "day", dateOf(locale, day), "count", strconv.Itoa(len(list))))
	columns := []column{
		{"paper.time", 16},
		{"paper.ticket", 18},
		{"paper.name", 46},
		{"paper.id", 24},
		{"paper.birth", 30},
		{"paper.vaccine", 42},
		{"paper.dose", 24},
		{"paper.state", 22},
		{"paper.lot", 28},
		{"paper.sign", 22},
	}
	s.table(columns, len(list), func(r, c int) string {
		e := list[r]
		switch c {
		case 0:
			return e.Booking.Slot.Start.String()
		case 1:
			return e.Visit.Ticket
		case 2:
			return e.Booking.Person.Name.Reveal()
		case 3:
			return tail(e.Booking.Person.ID.Reveal())
		case 4:
			if e.Booking.Person.Birth.IsZero() {
				return ""
			}
			return dateOf(locale, e.Booking.Person.Birth.Reveal())
		case 5:
			return e.Vaccine
		case 6:
			return e.Dose
		case 7:
			return s.say(stateOf(e))
		}
		return "" // to be written by hand
	})
	return s.finish(w)
}

// Summary writes how a day ended. People who are still open are named in part.
func Summary(w io.Writer, locale, site, author string, made time.Time, c reception.Closing) error {
	s := newSheet("P", locale, made, i18n.T(locale, "paper.list.foot", map[string]string{"at": stamp(locale, made)}))
	s.line(18, 9, true, s.say("paper.summary", "site", site))
	s.line(12, 8, false, dateOf(locale, c.Day))
	for _, l := range Lines(locale, c) {
		s.line(12, 7, false, l)
	}
	for _, part := range []struct {
		title string
		list  []reception.Entry
	}{{"paper.open", c.Open}, {"paper.absent", c.Absent}} {
		if len(part.list) == 0 {
			continue
		}
		s.Ln(4)
		s.line(13, 8, true, s.say(part.title, "count", strconv.Itoa(len(part.list))))
		s.table([]column{{"paper.time", 20}, {"paper.ticket", 24}, {"paper.name", 60}, {"paper.vaccine", 60}}, len(part.list), func(r, i int) string {
			e := part.list[r]
			return []string{e.Booking.Slot.Start.String(), e.Visit.Ticket, e.Booking.Person.Name.String(), e.Vaccine}[i]
		})
	}
	s.Ln(8)
	s.line(12, 8, false, s.say("paper.author", "author", author))
	return s.finish(w)
}

// Lines are the figures of a closing, a line each, for screen, slip and page.
func Lines(locale string, c reception.Closing) []string {
	say := func(key string, n int) string {
		return i18n.T(locale, key, map[string]string{"count": strconv.Itoa(n)})
	}
	out := []string{
		say("paper.booked", c.Booked), say("paper.vaccinated", c.Vaccinated), say("paper.deferred", c.Deferred),
		say("paper.still_open", len(c.Open)), say("paper.not_come", len(c.Absent)+c.NoShow), say("paper.cancelled", c.Cancelled), say("paper.unsent", c.Unsent),
	}
	for _, d := range c.Doses {
		out = append(out, i18n.T(locale, "paper.doses", map[string]string{"vaccine": d.Vaccine, "count": strconv.Itoa(d.Given)}))
	}
	return out
}

func (s *sheet) finish(w io.Writer) error {
	if err := s.Output(w); err != nil {
		return fmt.Errorf("write the PDF: %w", err)
	}
	return nil
}

func dateOf(locale string, d clinic.Date) string {
	return i18n.T(locale, "format.longdate", map[string]string{"value": d.String()})
}

func stamp(locale string, t time.Time) string {
	return dateOf(locale, clinic.DateOf(t)) + " " + clinic.TimeOfDayOf(t).String()
}

// tail is the end of an ID number: enough to compare with a card.
func tail(number string) string {
	if len(number) < 4 {
		return number
	}
	return "…" + number[len(number)-4:]
}

func stateOf(e reception.Entry) string {
	switch e.Visit.Attendance {
	case clinic.Vaccinated:
		return "attendance.vaccinated"
	case clinic.Deferred:
		return "attendance.deferred"
	case clinic.Arrived:
		return "attendance.arrived"
	case clinic.NoShow:
		return "attendance.no_show"
	}
	if !e.Booking.Active() {
		return "desk.state.cancelled"
	}
	return "attendance.not_arrived"
}
