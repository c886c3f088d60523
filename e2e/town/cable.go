package town

import (
	"fmt"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Cable is the line between the devices and central.
type Cable struct {
	Address string // http://…, what the devices take for central
	proxy   *toxiproxy.Proxy
	whole   bool
}

// LayCable lays the cable to central.
func (t *Town) LayCable() error {
	port, err := freePort(8180)
	if err != nil {
		return err
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, "cable", "127.0.0.1:"+port, strings.TrimPrefix(t.Address, "http://"))
	t.Cable = &Cable{Address: "http://127.0.0.1:" + port, proxy: proxy}
	return t.Cable.Mend()
}

// Cut pulls the cable out: open connections break, new ones are refused.
func (c *Cable) Cut() {
	if c.whole {
		c.proxy.Stop()
		c.whole = false
	}
}

// Mend plugs the cable in again.
func (c *Cable) Mend() error {
	if c.whole {
		return nil
	}
	if err := c.proxy.Start(); err != nil {
		return fmt.Errorf("plug the cable in: %w", err)
	}
	c.whole = true
	return nil
}

// Close takes the cable away.
func (c *Cable) Close() { c.Cut() }
