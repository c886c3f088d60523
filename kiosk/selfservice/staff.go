package selfservice

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

// The way to the staff menu: so many touches of the mark, in so many seconds.
const (
	knocks     = 5
	knockTime  = 4 * time.Second
	choiceTime = 5 * time.Minute // after the start: then a kiosk without a PIN lets nobody choose one
	pinDigits  = 8
)

// Staff is what the staff menu and its gate remember.
type Staff struct {
	PIN    string // what was typed
	First  string // the first time that a new PIN was typed
	New    bool   // there is no PIN yet: choose one
	Why    error  // why the last one was not taken
	Differ bool   // the second time was not as the first

	Challenge string    // the digits that central is to be told, where the PIN is forgotten
	Until     time.Time // the end of the digits
	Code      string    // central's answer
}

// Knock is a touch of the mark. After a few it asks whether there is a PIN.
func (m *Model) Knock(now time.Time) Order {
	if m.Busy || m.Page == Gate || m.Page == Menu {
		return Order{}
	}
	if m.knocked = append(m.knocked, now); len(m.knocked) < knocks {
		return Order{}
	}
	first := m.knocked[0]
	m.knocked = m.knocked[1:]
	if now.Sub(first) > knockTime {
		return Order{}
	}
	m.knocked = nil
	return Order{Task: AskPIN}
}

// PINKnown takes the answer to AskPIN: whether there is one, and whether one may be
// chosen now.
func (m *Model) PINKnown(there, mayChoose bool) {
	if m.Busy || !there && !mayChoose {
		return
	}
	m.home() // staff read zh-TW
	m.show(Gate)
	m.Staff.New = !there
}

// Type adds a digit to the PIN.
func (m *Model) Type(digit string) {
	m.touch()
	if len(m.Staff.PIN) < m.Staff.longest() {
		m.Staff.PIN += digit
	}
	m.Staff.Why, m.Staff.Differ = nil, false
}

// Erase takes the PIN back.
func (m *Model) Erase() { m.touch(); m.Staff.PIN = "" }

// Enter ends the PIN.
func (m *Model) Enter() Order {
	m.touch()
	s := &m.Staff
	pin := s.PIN
	s.PIN = ""
	switch {
	case m.Page != Gate || m.Busy || pin == "":
		return Order{}
	case s.codeWanted():
		m.enterCode(pin)
		return Order{}
	case s.New && s.First == "":
		s.First = pin
		return Order{}
	case s.New && s.First != pin:
		s.First, s.Differ = "", true
		return Order{}
	}
	m.Busy = true
	if s.Code != "" {
		return Order{Task: ResetPIN, Reset: s.Code, PIN: pin}
	}
	if s.New {
		return Order{Task: ChoosePIN, PIN: pin}
	}
	return Order{Task: TryPIN, PIN: pin}
}

// Tried takes the answer to TryPIN and ChoosePIN.
func (m *Model) Tried(err error) {
	m.Busy = false
	if m.Page != Gate {
		return
	}
	if m.Staff.First, m.Staff.Why = "", err; err == nil {
		m.show(Menu)
	}
}

// Extend opens a locked device for a day of checking in.
func (m *Model) Extend() Order {
	m.touch()
	if m.Page != Menu || m.Busy || m.Link.State != reception.LinkLocked {
		return Order{}
	}
	m.Busy = true
	return Order{Task: OpenLocked}
}

// Extended takes the answer to OpenLocked. That the device is open comes with its link.
func (m *Model) Extended(err error) {
	m.Busy = false
	if m.Page == Menu {
		m.Staff.Why = err
	}
}

// end is one of the two ways out of the program.
func (m *Model) end(t Task) Order {
	if m.Page != Menu {
		return Order{}
	}
	return Order{Task: t}
}

// gate is the keypad for the PIN. What is typed is not shown.
func (v *view) gate() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	title, s := "staffmenu.pin", m.Staff
	switch {
	case s.New && s.First == "":
		title = "staffmenu.pin.new"
	case s.New:
		title = "staffmenu.pin.again"
	}
	told := ui.Column(l.Sizes.Gap, v.title(l.T(title)), l.Write(strings.Repeat("●", len(s.PIN))+strings.Repeat("○", max(0, 4-len(s.PIN))), l.Sizes.Second, true, l.Accent))
	if s.codeWanted() {
		told = v.called()
	}
	switch {
	case s.Differ:
		told.Add(v.note(l.T("staffmenu.pin.differ")))
	case s.Why != nil:
		told.Add(v.note(v.whyStaff()))
	}
	keys := v.keypad(m.Type, m.Erase, m.Enter)
	home := v.small("kiosk.home", "back", func() { v.s.press(just(m.Leave)) })
	if s.New || s.Challenge != "" {
		return v.halves(told, keys), v.foot(home)
	}
	return v.halves(told, keys), v.foot(ui.Pages(24, home, v.small("staffmenu.forgot", "help", func() { v.s.press(m.Forgot) })))
}

// keypad types digits, takes them back and ends.
func (v *view) keypad(typed func(digit string), erase func(), enter func() Order) fyne.CanvasObject {
	l := v.l
	keys := container.NewGridWithColumns(3)
	key := func(text, icon string, f func() Order) {
		keys.Add(ui.NewButton(l, ui.ButtonSpec{Text: text, Icon: icon, TextSize: l.Sizes.Second, Border: 3, Height: l.Sizes.Target}, func() { v.s.press(f) }))
	}
	for _, digit := range "123456789" {
		key(string(digit), "", just(func() { typed(string(digit)) }))
	}
	key("", "close", just(erase))
	key("0", "", just(func() { typed("0") }))
	key("", "check", enter)
	return keys
}

// menu says how the machine is, and ends it or starts it again.
func (v *view) menu() (body, foot fyne.CanvasObject) {
	l, m := v.l, &v.s.m
	_, cloud, link := l.SyncWords(m.Link)
	list := []fact{
		{"card", l.T("staffmenu.reader"), l.T(choose(m.Lost, "staffmenu.reader.lost", "staffmenu.reader.ready"))},
		{cloud, l.T("staffmenu.link"), link},
		{"print", l.T("staffmenu.printer"), l.T(choose(m.Printer, "staffmenu.printer.there", "staffmenu.printer.none"))},
	}
	told := v.text(v.question(l.T("staffmenu.title")), v.facts(list))
	restart, quit := func() Order { return m.end(Restart) }, func() Order { return m.end(Quit) }
	ways := ui.Pages(l.Sizes.Gap, v.quiet(l.T("staffmenu.restart"), "sync", restart), v.quiet(l.T("staffmenu.quit"), "close", quit))
	steps := ui.Column(l.Sizes.Gap, v.volume(v.big(ui.Secondary, l.T("staffmenu.bell"), "bell", func() { v.s.press(m.RingDesk) })))
	switch {
	case m.Link.State != reception.LinkLocked:
		steps.Add(v.big(ui.Secondary, l.T("staffmenu.restart"), "sync", func() { v.s.press(restart) }))
		steps.Add(v.big(ui.Secondary, l.T("staffmenu.quit"), "close", func() { v.s.press(quit) }))
	case m.Staff.Why != nil:
		steps.Add(v.note(v.whyStaff()))
		steps.Add(ways)
	default:
		open := v.big(ui.Secondary, l.T("staffmenu.locked.open"), "lock", func() { v.s.press(m.Extend) })
		if m.Busy {
			open.Disable()
		}
		steps.Add(open)
		steps.Add(ways)
	}
	steps.Add(v.big(ui.Primary, l.T("staffmenu.back"), "back", func() { v.s.press(just(m.Leave)) }))
	words := l.T("staffmenu.waiting", "count", strconv.Itoa(m.Link.Pending))
	if open := m.Link.Open; !open.IsZero() {
		at := open.In(clinic.Taipei)
		words = l.T("staffmenu.locked.until", "day", clinic.DateOf(at).String(), "time", clinic.TimeOfDayOf(at).String())
	}
	return v.halves(told, steps), v.foot(l.Lines(words, l.Sizes.Text, false, l.Ink, v.size.Width-2*l.Sizes.Margin))
}

// note says why something of the staff's was not done.
func (v *view) note(words string) fyne.CanvasObject {
	return v.say(ui.Notice, "alert", v.l.Lines(words, v.l.Sizes.Text, true, v.l.Ink, v.column()-180))
}

// whyStaff puts into words why something of the staff's was not done.
func (v *view) whyStaff() string {
	var refusal *clinic.Refusal
	if errors.As(v.s.m.Staff.Why, &refusal) && i18n.Has(v.l.Locale, "roster."+refusal.Code) {
		return i18n.T(v.l.Locale, "roster."+refusal.Code, refusal.Args)
	}
	return v.l.T("failure.internal")
}

func choose(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// chooseNow tells whether a first PIN may be chosen: whoever started the machine
// stands before it.
func (s *Screen) chooseNow() bool { return s.cfg.Now().Sub(s.began) < choiceTime }
