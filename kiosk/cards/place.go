package cards

import "ezhitong.tw/syncproto"

// sighting is an event and the reader that saw it.
type sighting struct {
	reader int
	Event
}

// place makes one stream of events of what several readers see.
type place struct {
	readers []struct {
		ready, asked bool // asked: it has been said whether it is there
		aside        bool // holds a health professional's card
	}
	shown int  // the reader whose card was told last, -1 for none
	lost  bool // it was told that no reader is left
}

func newPlace(readers int) *place {
	p := &place{shown: -1}
	p.readers = append(p.readers, make([]struct{ ready, asked, aside bool }, readers)...)
	return p
}

// state is ready as long as one reader can take a patient's card.
func (p *place) state() syncproto.ReaderState {
	for _, r := range p.readers {
		if r.ready && !r.aside {
			return syncproto.ReaderReady
		}
	}
	return syncproto.ReaderMissing
}

// see takes what one reader saw and gives what the screens are told.
func (p *place) see(s sighting) []Event {
	r := &p.readers[s.reader]
	switch s.Kind {
	case ReaderReady, ReaderLost:
		before := p.state()
		r.ready, r.asked = s.Kind == ReaderReady, true
		return p.change(before)
	case Reading:
		if r.aside {
			return nil
		}
		p.shown = s.reader
		return []Event{s.Event}
	case Unreadable:
		if s.Problem == ProblemHPC && len(p.readers) > 1 {
			before := p.state()
			r.aside = true
			return append(p.leave(s.reader), p.change(before)...)
		}
	case Removed:
		if r.aside {
			before := p.state()
			r.aside = false
			return p.change(before)
		}
		return p.leave(s.reader)
	}
	p.shown = s.reader
	return []Event{s.Event}
}

// leave tells that a reader's card is gone, if it is the one that was told last.
func (p *place) leave(reader int) []Event {
	if p.shown != reader {
		return nil
	}
	p.shown = -1
	return []Event{{Kind: Removed}}
}

// change tells that the place has a reader again, or has none left. Before every reader was asked, none is missed.
func (p *place) change(before syncproto.ReaderState) []Event {
	now := p.state()
	if now == syncproto.ReaderReady {
		p.lost = false
		if before != now {
			return []Event{{Kind: ReaderReady}}
		}
		return nil
	}
	for _, r := range p.readers {
		if !r.asked {
			return nil
		}
	}
	if p.lost {
		return nil
	}
	p.lost, p.shown = true, -1
	return []Event{{Kind: ReaderLost}}
}
