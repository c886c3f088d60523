package e2e_test

import (
	"database/sql"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the places of central's slots are changed from outside

	"ezhitong.tw/e2e/load"
	"ezhitong.tw/syncproto"
)

// door stands before central. It lets one page in each life of a device through, and
// whatever is not a page until then; the next question is never answered.
type door struct {
	*httptest.Server
	mu   sync.Mutex
	came bool          // a page
	held chan struct{} // closed when a question waits in vain
	wide bool          // everything goes through
}

// pageSize is more than any answer has that is not a page of many rows, in bytes.
const pageSize = 8 << 10

func newDoor(t *testing.T, central string) *door {
	t.Helper()
	to, err := url.Parse(central)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{held: make(chan struct{})}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.URL.Path == syncproto.PathExchange && r.ContentLength > pageSize {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.came = true
		}
		return nil
	}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == syncproto.PathExchange && d.holds() {
			_, _ = io.Copy(io.Discard, r.Body) // else nobody notices
			<-r.Context().Done()               // that the device is gone
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

// holds reports whether a question is not to be answered.
func (d *door) holds() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.wide || !d.came {
		return false
	}
	select {
	case <-d.held:
	default:
		close(d.held)
	}
	return true
}

// next begins another life; wide lets everything through.
func (d *door) next(wide bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.came, d.held, d.wide = false, make(chan struct{}), wide
}

// waits reports whether a page has come and been taken, and the next question waits.
func (d *door) waits() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.held:
		return true
	default:
		return false
	}
}

// enlarge gives every slot so many times the places.
func (w *town) enlarge(times int) {
	w.t.Helper()
	w.must(w.Stop())
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.Data, "central.db"))
	w.must(err)
	_, err = db.ExecContext(w.t.Context(), "UPDATE slot SET capacity = capacity * $1", times)
	w.must(errors.Join(err, db.Close()))
	w.must(w.Start(w.t.Context()))
	w.plan, err = load.ReadPlan(w.t.Context(), w.Target(), 1)
	w.must(err)
}

// A device is killed between every two pages, as by a power cut. Each of its lives gets
// one page; were it to begin anew it would never have more than the first.
func TestAFirstSyncGoesOnWhereTheDeviceWasKilled(t *testing.T) {
	const people = 2600
	w := startTown(t)
	w.enlarge(10)
	w.book(people)
	door := newDoor(t, w.Target().URL())
	u := w.device(door.URL)
	u.start()
	u.enrol() // and it begins at once
	lives, have, cursor := 0, 0, int64(0)
	for ; have < people; lives++ {
		u.until("a page more", time.Minute, func(h heard) bool { return door.waits() || len(h.Bookings) == people })
		h, err := u.tell("look", "")
		w.must(err)
		if h.Cursor <= cursor || len(h.Bookings) < have {
			t.Fatalf("life %d is at %d with %d bookings, the one before was at %d with %d", lives+1, h.Cursor, len(h.Bookings), cursor, have)
		}
		cursor, have = h.Cursor, len(h.Bookings)
		u.kill()
		door.next(have == people)
		u.start()
	}
	if lives < 3 {
		t.Fatalf("all came in %d pages", lives)
	}
	truth := (&trial{town: w}).truth()
	u.until("what central has", time.Minute, func(h heard) bool { return difference(truth, h.Bookings) == "" })
	u.again(0) // its hello tells the digest of all that it has
	u.until("the line", time.Minute, func(h heard) bool { return h.State == "live" })
	u.kill()
	w.must(w.Stop())
	w.rows("SELECT diverged, position = (SELECT seq FROM site WHERE seq > 0 LIMIT 1) FROM device_status", func(scan func(...any) error) error {
		var diverged, end bool
		err := scan(&diverged, &end)
		if diverged || !end {
			t.Errorf("the device is at the end of the feed: %v, its rows are others: %v", end, diverged)
		}
		return err
	})
}
