package fleet

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/syncproto"
)

// lanKey derives a site's key for its own network.
func (s *Secrets) lanKey(site string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, s.root, nil, "ezhitong lan 1\x00"+site, syncproto.LANKeySize)
	if err != nil {
		return nil, fmt.Errorf("derive a site's key: %w", err)
	}
	return key, nil
}

// SetLAN lets the devices of a site help each other over their own network while
// central is away, or no longer. A site that is not there is RefusedSite.
func (f *Fleet) SetLAN(ctx context.Context, actor, site string, on bool) error {
	if _, err := f.siteName(ctx, site); err != nil {
		return err
	}
	note := store.Note{Actor: actor, Action: "site.lan_off", Object: site}
	if on {
		note.Action = "site.lan_on"
	}
	return f.record(ctx, func(tx *store.Tx) (store.Note, error) { return note, tx.SetSiteLAN(site, on, f.cfg.Now().UnixMilli()) })
}

// LAN says whether the devices of a site help each other.
func (f *Fleet) LAN(ctx context.Context, site string) (bool, error) {
	return store.SiteLAN(ctx, f.cfg.Store.Reader(), site)
}

// Neighbours tells a device of a site what it needs to work with the others; Acked
// is left to the caller. Where the site has not turned the help on there is nothing
// in it.
func (f *Fleet) Neighbours(ctx context.Context, site string) (syncproto.Neighbours, error) {
	on, err := store.SiteLAN(ctx, f.cfg.Store.Reader(), site)
	if err != nil || !on {
		return syncproto.Neighbours{}, err
	}
	key, err := f.cfg.Secrets.lanKey(site)
	if err != nil {
		return syncproto.Neighbours{}, err
	}
	out := syncproto.Neighbours{Key: key}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range slices.SortedFunc(maps.Values(f.devices), bySiteAndLetter) {
		if d.Site == site {
			out.Devices = append(out.Devices, syncproto.Neighbour{
				Device: d.ID, Epoch: d.Epoch, Role: d.Role, Letter: d.Letter, Noise: d.Noise, Sign: d.Sign, Revoked: !f.inOrder(d), Version: f.status[d.ID].Version,
			})
		}
	}
	if n := len(out.Devices); n > syncproto.MaxNeighbours { // a device that came in long ago is sooner gone
		out.Devices = out.Devices[n-syncproto.MaxNeighbours:]
	}
	return out, nil
}
