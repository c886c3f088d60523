package station

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/kiosk/board"
)

// CallPage is how the page for the waiting room's screens stands.
type CallPage struct {
	On        bool
	Addresses []string // of the page, the likeliest first; none while it is off
	Err       error    // why it is not served though it is on
}

const (
	settingCalls = "call_page"
	callsOn      = "on"
	callsPort    = ":8380" // the same always, so that a television finds it again
)

// callSwitch asks whoever serves the page to begin or to end.
type callSwitch struct {
	on   bool
	done chan<- error
}

// CallPage tells how the page stands.
func (s *Station) CallPage(ctx context.Context) (CallPage, error) {
	kept, err := s.Replica.Setting(ctx, settingCalls)
	if err != nil {
		return CallPage{}, fmt.Errorf("read whether the calls have a page: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := CallPage{On: string(kept) == callsOn, Err: s.callsErr}
	if s.callsAt != nil {
		p.Addresses = pageAddresses(ctx, s.callsAt.Port)
	}
	return p, nil
}

// SetCallPage turns the page on or off, at once and for the next starts. It waits for
// a Run.
func (s *Station) SetCallPage(ctx context.Context, on bool) error {
	value := ""
	if on {
		value = callsOn
	}
	if err := s.Replica.Keep(ctx, settingCalls, []byte(value)); err != nil {
		return fmt.Errorf("keep whether the calls have a page: %w", err)
	}
	done := make(chan error, 1)
	select {
	case s.callSwitches <- callSwitch{on, done}:
		return <-done
	case <-ctx.Done():
		return ctx.Err()
	}
}

// showCalls serves the page while it is turned on, until the context ends.
func (s *Station) showCalls(ctx context.Context) {
	end := func() {}
	turn := func(on bool) (err error) {
		end()
		end = func() {}
		var at *net.TCPAddr
		if on {
			if at, end, err = s.serveCalls(ctx); err != nil {
				s.opt.Log.Error("the page of the calls is not served", "err", err)
				end = func() {}
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.callsAt, s.callsErr = at, err
		return err
	}
	defer func() { end() }()
	if p, err := s.CallPage(ctx); err != nil {
		s.opt.Log.Error("the page of the calls is not served", "err", err)
	} else if p.On {
		_ = turn(true) // logged, and shown with the settings
	}
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-s.callSwitches:
			c.done <- turn(c.on)
		}
	}
}

// serveCalls begins to serve; end returns when it has ended.
func (s *Station) serveCalls(ctx context.Context) (at *net.TCPAddr, end func(), err error) {
	changed, unwatch := s.Replica.Watch()
	b, err := board.New(board.Config{Queue: s.Counter.Queue, Changed: changed, Locale: i18n.Default, Log: s.opt.Log})
	if err != nil {
		unwatch()
		return nil, nil, err
	}
	port := callsPort
	if s.opt.CallPage != "" {
		port = s.opt.CallPage
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", port)
	if err != nil {
		unwatch()
		return nil, nil, fmt.Errorf("listen for the waiting room's screens: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer unwatch()
		if err := b.Serve(ctx, listener); err != nil {
			s.opt.Log.Error("the page of the calls ended", "err", err)
		}
	}()
	return listener.Addr().(*net.TCPAddr), func() { stop(); <-ended }, nil
}

// pageAddresses are where browsers of the site find the page: at the address that this
// machine would leave its network from, at its other ones, else on the machine itself.
func pageAddresses(ctx context.Context, port int) []string {
	var hosts []netip.Addr
	if conn, err := new(net.Dialer).DialContext(ctx, "udp4", "192.0.2.1:9"); err == nil { // sends nothing
		hosts = append(hosts, conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap())
		_ = conn.Close()
	}
	all, _ := net.InterfaceAddrs() // none where the system does not say
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && p.Addr().IsGlobalUnicast() && !slices.Contains(hosts, p.Addr()) {
			hosts = append(hosts, p.Addr())
		}
	}
	if len(hosts) == 0 {
		hosts = append(hosts, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	}
	var out []string
	for _, h := range hosts {
		out = append(out, "http://"+net.JoinHostPort(h.String(), strconv.Itoa(port))+"/")
	}
	return out
}
