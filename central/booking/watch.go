package booking

import "sync"

// watchers are those who want to know at once when a site's feed moves.
type watchers struct {
	mu     sync.Mutex
	sites  map[string]map[chan int64]struct{}
	closed bool
}

// Watch gives a channel with the site's latest seq whenever it has moved; only
// the newest number waits in it. stop ends it; so does Close, which closes the
// channel.
func (e *Engine) Watch(site string) (seq <-chan int64, stop func()) {
	w := &e.watchers
	ch := make(chan int64, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(ch)
		return ch, func() {}
	}
	if w.sites == nil {
		w.sites = make(map[string]map[chan int64]struct{})
	}
	if w.sites[site] == nil {
		w.sites[site] = make(map[chan int64]struct{})
	}
	w.sites[site][ch] = struct{}{}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.sites[site], ch)
	}
}

func (w *watchers) tell(site string, seq int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.sites[site] {
		select { // an older number makes way
		case <-ch:
		default:
		}
		ch <- seq
	}
}

func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, chs := range w.sites {
		for ch := range chs {
			close(ch)
		}
	}
	w.sites = nil
}
