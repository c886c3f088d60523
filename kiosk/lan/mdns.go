package lan

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/mdns"

	"ezhitong.tw/clinic"
)

// The service under which devices announce themselves (RFC 6762, 6763). The instance
// is the device's id, a dash and the number of the network card, so that a device with
// two networks is found on both.
const (
	service = "_ezhitong._tcp"
	domain  = "local."
)

const (
	listenFor = time.Second      // for answers to one question
	askEvery  = 4                // rounds; between them what was found holds
	cardsEach = 15 * time.Second // how often network cards are looked for that came or went
)

// MDNS finds devices by multicast DNS. The zero MDNS uses every network card that
// does multicast.
type MDNS struct {
	// Cards gives the network cards to use; nil: those that are up and do multicast.
	Cards func() ([]net.Interface, error)

	mu            sync.Mutex
	round         int
	found, before map[clinic.ID][]string
}

// quiet has the library's own lines go nowhere: what matters comes back as an error.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func (m *MDNS) cards() ([]net.Interface, error) {
	if m.Cards != nil {
		return m.Cards()
	}
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list the network cards: %w", err)
	}
	const wanted = net.FlagUp | net.FlagMulticast
	return slices.DeleteFunc(all, func(i net.Interface) bool { return i.Flags&wanted != wanted || i.Flags&net.FlagLoopback != 0 }), nil
}

// addressOf gives a card's IPv4 address, nil where it has none.
func addressOf(card net.Interface) net.IP {
	addresses, err := card.Addrs()
	if err != nil { // it went away just now
		return nil
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
			return n.IP.To4()
		}
	}
	return nil
}

// Announce answers who looks for the service until the context ends. Network cards
// may come and go meanwhile.
func (m *MDNS) Announce(ctx context.Context, device clinic.ID, port int) error {
	type answering struct {
		server  *mdns.Server
		address string
	}
	on := make(map[int]answering)
	defer func() {
		for _, a := range on {
			_ = a.server.Shutdown()
		}
	}()
	tick := time.NewTicker(cardsEach)
	defer tick.Stop()
	for {
		cards, err := m.cards()
		if err != nil {
			return err
		}
		there := make(map[int]bool)
		for _, card := range cards {
			address := addressOf(card)
			if address == nil {
				continue
			}
			there[card.Index] = true
			if on[card.Index].address == address.String() {
				continue
			}
			if old, ok := on[card.Index]; ok {
				_ = old.server.Shutdown()
			}
			server, err := announceOn(card, address, device, port)
			if err != nil {
				return fmt.Errorf("announce on %s: %w", card.Name, err)
			}
			on[card.Index] = answering{server, address.String()}
		}
		maps.DeleteFunc(on, func(index int, a answering) bool {
			if !there[index] {
				_ = a.server.Shutdown()
			}
			return !there[index]
		})
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func announceOn(card net.Interface, address net.IP, device clinic.ID, port int) (*mdns.Server, error) {
	instance := hex.EncodeToString(device[:]) + "-" + strconv.Itoa(card.Index)
	zone, err := mdns.NewMDNSService(instance, service, domain, "ezhitong-"+instance+"."+domain, port, []net.IP{address}, []string{"v=1"})
	if err != nil {
		return nil, err
	}
	return mdns.NewServer(&mdns.Config{Zone: zone, Iface: &card, Logger: quiet()})
}

// Find asks on every network card, every few calls, and gives what the last two
// questions found: an answer may get lost.
func (m *MDNS) Find(ctx context.Context) (map[clinic.ID][]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.round++; m.round%askEvery == 1 {
		cards, err := m.cards()
		if err != nil {
			return nil, err
		}
		m.before, m.found = m.found, make(map[clinic.ID][]string)
		var faults []error
		for _, card := range cards {
			if addressOf(card) == nil {
				continue
			}
			if err := askOn(ctx, card, m.found); err != nil {
				faults = append(faults, fmt.Errorf("ask on %s: %w", card.Name, err))
			}
		}
		if len(m.found) == 0 && len(faults) > 0 {
			return nil, errors.Join(faults...)
		}
	}
	out := maps.Clone(m.before)
	if out == nil {
		out = make(map[clinic.ID][]string)
	}
	maps.Copy(out, m.found)
	return out, nil
}

func askOn(ctx context.Context, card net.Interface, found map[clinic.ID][]string) error {
	entries := make(chan *mdns.ServiceEntry, 4*atOnce)
	err := mdns.QueryContext(ctx, &mdns.QueryParam{
		Service: service, Domain: "local", Timeout: listenFor, Interface: &card, Entries: entries, DisableIPv6: true, Logger: quiet(),
	})
	close(entries)
	for e := range entries {
		device, ok := deviceOf(e.Name)
		if !ok || e.AddrV4 == nil {
			continue
		}
		if address := (&net.TCPAddr{IP: e.AddrV4, Port: e.Port}).String(); !slices.Contains(found[device], address) {
			found[device] = append(found[device], address)
		}
	}
	return err
}

// deviceOf reads the device from the name of an instance; false for what is not ours.
func deviceOf(name string) (device clinic.ID, ok bool) {
	instance, rest, _ := strings.Cut(name, ".")
	id, _, _ := strings.Cut(instance, "-")
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != len(device) || !strings.HasPrefix(rest, service) {
		return device, false
	}
	return clinic.ID(raw), true
}
