// Package board shows a waiting room's television or browser who is called: numbers
// and rooms, nobody's name or id.
package board

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/kiosk/reception"
)

//go:embed page
var files embed.FS

// Config is what the board shows and when it changes.
type Config struct {
	Queue   func(ctx context.Context) (reception.Queue, error)
	Changed <-chan struct{} // receives after every change of the replica
	Locale  string
	Log     *slog.Logger
}

// Board is the page and the screens that look at it.
type Board struct {
	cfg   Config
	pages *template.Template
	style fs.FS

	mu      sync.Mutex
	screens map[chan string]struct{} // each holds what is to be shown next
}

const (
	rows       = 4                      // earlier calls that are shown
	most       = 16                     // screens at a time
	rest       = 300 * time.Millisecond // between two looks, however often the replica changes
	beat       = 20 * time.Second       // a screen that hears nothing for longer says so
	patience   = 5 * time.Second        // for a request, and for a screen to take what it is sent
	headerSize = 8 << 10                // bytes
)

// New makes a board. Nothing happens before Serve.
func New(cfg Config) (*Board, error) {
	style, err := fs.Sub(files, "page")
	if err != nil {
		return nil, fmt.Errorf("read the board's page: %w", err)
	}
	t := func(key string, args ...string) string {
		named := make(map[string]string)
		for i := 0; i+1 < len(args); i += 2 {
			named[args[i]] = args[i+1]
		}
		return i18n.T(cfg.Locale, key, named)
	}
	pages, err := template.New("").Funcs(template.FuncMap{"T": t}).ParseFS(files, "page/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the board's page: %w", err)
	}
	return &Board{cfg: cfg, pages: pages, style: style, screens: make(map[chan string]struct{})}, nil
}

// call is one number on the board.
type call struct{ Ticket, Room string }

// state is what the board says. It holds nothing else of anybody.
type state struct {
	Now     *call
	Before  []call
	Waiting string
	Locale  string
}

// draw writes what is called as HTML.
func (b *Board) draw(ctx context.Context) (string, error) {
	q, err := b.cfg.Queue(ctx)
	if err != nil {
		return "", fmt.Errorf("read who is called: %w", err)
	}
	s := state{Waiting: strconv.Itoa(len(q.Waiting))}
	for i, p := range q.Called {
		c := call{p.Entry.Visit.Ticket, p.Room}
		switch {
		case i == 0:
			s.Now = &c
		case i <= rows:
			s.Before = append(s.Before, c)
		}
	}
	var out strings.Builder
	if err := b.pages.ExecuteTemplate(&out, "calls.html", s); err != nil {
		return "", fmt.Errorf("draw the board: %w", err)
	}
	return out.String(), nil
}

// Serve answers browsers until the context ends, and closes the listener.
func (b *Board) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: b.handler(ctx), ReadHeaderTimeout: patience, ReadTimeout: patience, MaxHeaderBytes: headerSize, ErrorLog: slog.NewLogLogger(b.cfg.Log.Handler(), slog.LevelDebug),
	}
	var work sync.WaitGroup
	defer work.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end()
	work.Go(func() { b.follow(ctx) })
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the board: %w", err)
	}
	return nil
}

func (b *Board) handler(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.page)
	mux.HandleFunc("GET /calls", func(w http.ResponseWriter, r *http.Request) { b.stream(ctx, w, r) })
	static := http.FileServerFS(b.style)
	mux.Handle("GET /board.css", static)
	mux.Handle("GET /board.js", static)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

func (b *Board) fail(w http.ResponseWriter, err error) {
	b.cfg.Log.Warn("not done", "screen", "board", "why", err)
	http.Error(w, i18n.T(b.cfg.Locale, "queue.page.lost", nil), http.StatusServiceUnavailable)
}

func (b *Board) page(w http.ResponseWriter, r *http.Request) {
	calls, err := b.draw(r.Context())
	if err != nil {
		b.fail(w, err)
		return
	}
	var out strings.Builder
	err = b.pages.ExecuteTemplate(&out, "board.html", map[string]any{"Locale": b.cfg.Locale, "Calls": template.HTML(calls)}) // escaped by the template that drew it
	if err != nil {
		b.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(out.String())) // whoever has gone needs no page
}

// stream tells a screen what to show: at once, at every change, and that the desk is
// still there.
func (b *Board) stream(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	next, ok := b.join()
	if !ok {
		http.Error(w, i18n.T(b.cfg.Locale, "queue.page.full", nil), http.StatusServiceUnavailable)
		return
	}
	defer b.leave(next)
	calls, err := b.draw(r.Context())
	if err != nil {
		b.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	send := func(lines string) bool {
		err := out.SetWriteDeadline(time.Now().Add(patience))
		if err == nil {
			_, err = w.Write([]byte(lines + "\n\n"))
		}
		return err == nil && out.Flush() == nil
	}
	alive := time.NewTicker(beat)
	defer alive.Stop()
	shown := ""
	for {
		lines := "event: beat\ndata:"
		if calls != shown {
			data, err := json.Marshal(calls)
			if err != nil {
				return
			}
			lines, shown = "data: "+string(data), calls
		}
		if !send(lines) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-r.Context().Done():
			return
		case calls = <-next:
		case <-alive.C:
		}
	}
}

func (b *Board) join() (next chan string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.screens) >= most {
		return nil, false
	}
	next = make(chan string, 1)
	b.screens[next] = struct{}{}
	return next, true
}

func (b *Board) leave(next chan string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.screens, next)
}

// follow tells the screens of every change, and looks once a minute all the same: a
// day ends without one.
func (b *Board) follow(ctx context.Context) {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.cfg.Changed:
		case <-minute.C:
		}
		b.tell(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
	}
}

// tell sends what is called to every screen.
func (b *Board) tell(ctx context.Context) {
	b.mu.Lock()
	nobody := len(b.screens) == 0
	b.mu.Unlock()
	if nobody {
		return
	}
	calls, err := b.draw(ctx)
	if err != nil {
		if ctx.Err() == nil {
			b.cfg.Log.Warn("not done", "screen", "board", "why", err)
		}
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for next := range b.screens {
		select {
		case <-next: // what it did not take in time is out of date
		default:
		}
		next <- calls
	}
}
