package cards

import (
	"slices"
	"testing"

	"ezhitong.tw/syncproto"
)

func TestSeveralReadersAreOnePlace(t *testing.T) {
	hpc := Event{Kind: Unreadable, Problem: ProblemHPC}
	mute := Event{Kind: Unreadable, Problem: ProblemMute}
	ready, lost, reading, read, removed := Event{Kind: ReaderReady}, Event{Kind: ReaderLost}, Event{Kind: Reading}, Event{Kind: Recognised}, Event{Kind: Removed}
	for story, c := range map[string]struct {
		readers int
		seen    []sighting
		told    []Event
		state   syncproto.ReaderState
	}{
		"one reader tells what it sees":  {1, []sighting{{0, ready}, {0, reading}, {0, read}, {0, removed}}, []Event{ready, reading, read, removed}, syncproto.ReaderReady},
		"one reader with an HPC says so": {1, []sighting{{0, ready}, {0, reading}, {0, hpc}}, []Event{ready, reading, hpc}, syncproto.ReaderReady},
		"a reader with an HPC is set aside": {2, []sighting{
			{0, ready}, {1, ready}, {1, reading}, {1, hpc}, {0, reading}, {0, read}, {0, removed},
		}, []Event{ready, reading, removed, reading, read, removed}, syncproto.ReaderReady},
		"and taken up again when that card goes": {2, []sighting{
			{0, ready}, {1, ready}, {1, reading}, {1, hpc}, {1, removed}, {1, reading}, {1, read},
		}, []Event{ready, reading, removed, reading, read}, syncproto.ReaderReady},
		"the reader that is left holds an HPC: nobody can be read": {2, []sighting{
			{0, ready}, {1, ready}, {1, reading}, {1, hpc}, {0, lost},
		}, []Event{ready, reading, removed, lost}, syncproto.ReaderMissing},
		"until the card is taken out": {2, []sighting{
			{0, lost}, {1, ready}, {1, reading}, {1, hpc}, {1, removed},
		}, []Event{ready, reading, removed, lost, ready}, syncproto.ReaderReady},
		"one of two readers is enough": {2, []sighting{{0, lost}, {1, ready}, {1, lost}, {0, ready}}, []Event{ready, lost, ready}, syncproto.ReaderReady},
		"no reader is missed once":     {2, []sighting{{0, lost}, {1, lost}, {0, lost}}, []Event{lost}, syncproto.ReaderMissing},
		"a second card takes over the screen": {2, []sighting{
			{0, ready}, {1, ready}, {0, reading}, {0, read}, {1, reading}, {1, mute}, {0, removed}, {1, removed},
		}, []Event{ready, reading, read, reading, mute, removed}, syncproto.ReaderReady},
	} {
		t.Run(story, func(t *testing.T) {
			p := newPlace(c.readers)
			var told []Event
			for _, s := range c.seen {
				told = append(told, p.see(s)...)
			}
			if !slices.EqualFunc(told, c.told, func(a, b Event) bool { return a.Kind == b.Kind && a.Problem == b.Problem }) || p.state() != c.state {
				t.Errorf("told %v, state %v; want %v, %v", told, p.state(), c.told, c.state)
			}
		})
	}
}
