package station

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/syncproto"
)

// forgotten is after how long nobody waits for help any more.
const forgotten = 5 * time.Minute

// bells are the calls for help of this device and of the site's others. It lives in
// memory: a call that outlives the program would find nobody.
type bells struct {
	now func() time.Time

	mu       sync.Mutex
	own      time.Time // when somebody here called; zero for nobody
	coming   bool      // a desk has answered the last call from here
	others   map[clinic.ID]reception.HelpCall
	answered map[clinic.ID]time.Time // the call of each that a person here has taken
}

// CallHelp has the desks of the site, as far as the devices help each other, show that
// somebody here wants a person.
func (s *Station) CallHelp() { s.bells.call() }

// HelpComes tells whether a person at a desk has answered the last call from here.
func (s *Station) HelpComes() bool { return s.bells.comes() }

// HelpCalls lists who calls at the site's other devices, the first one first.
func (s *Station) HelpCalls() []reception.HelpCall { return s.bells.list() }

// AnswerHelp says that a person goes to a device; it ends there with the next round.
func (s *Station) AnswerHelp(device clinic.ID) { s.bells.answer(device) }

func (b *bells) call() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.own, b.coming = b.now().Truncate(time.Millisecond), false
}

func (b *bells) comes() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.coming
}

// Calling tells since when somebody calls here, after another device has said which
// call was answered.
func (b *bells) Calling(answered int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.own.IsZero() {
		return 0
	}
	if b.own.UnixMilli() == answered {
		b.own, b.coming = time.Time{}, true
		return 0
	}
	if b.now().Sub(b.own) > forgotten {
		b.own = time.Time{}
		return 0
	}
	return b.own.UnixMilli()
}

// Answered is the call of a device that a person here has taken; 0 for none.
func (b *bells) Answered(device clinic.ID) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at := b.answered[device]; !at.IsZero() {
		return at.UnixMilli()
	}
	return 0
}

// Heard takes since when somebody calls at a device; 0 for nobody.
func (b *bells) Heard(d syncproto.Neighbour, since int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := time.UnixMilli(since)
	if since == 0 || at.Equal(b.answered[d.Device]) {
		delete(b.others, d.Device)
		return
	}
	if !b.others[d.Device].Since.Equal(at) {
		b.others[d.Device] = reception.HelpCall{Device: d.Device, Letter: d.Letter, Since: at}
	}
}

func (b *bells) list() []reception.HelpCall {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []reception.HelpCall
	for device, c := range b.others {
		if b.now().Sub(c.Since) > forgotten { // its device was not heard since
			delete(b.others, device)
			continue
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(x, y reception.HelpCall) int {
		return cmp.Or(x.Since.Compare(y.Since), cmp.Compare(x.Letter, y.Letter))
	})
	return out
}

func (b *bells) answer(device clinic.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.others[device]; ok {
		b.answered[device] = c.Since
		delete(b.others, device)
	}
}
