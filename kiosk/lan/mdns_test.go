package lan_test

import (
	"net"
	"testing"

	"ezhitong.tw/kiosk/lan"
	"ezhitong.tw/kiosk/replica/replicatest"
)

// loopback has the real multicast stay on this machine.
func loopback() ([]net.Interface, error) {
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return nil, err
	}
	return []net.Interface{*lo}, nil
}

func TestDevicesFindEachOtherByMulticast(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	ids := booked(t, all, 2)
	for i, r := range all {
		arrive(t, r, ids[i])
		run(t, r, &lan.MDNS{Cards: loopback})
	}
	for _, r := range all {
		until(t, r, func() bool { return queue(t, r) != "" && len(queue(t, r)) > 50 })
	}
	if a, b := queue(t, all[0]), queue(t, all[1]); a != b {
		t.Errorf("the queue is\n%s\nat A and\n%s\nat B", a, b)
	}
}

func FuzzDeviceOf(f *testing.F) {
	f.Add("0123456789abcdef0123456789abcdef-2._ezhitong._tcp.local.")
	f.Add("printer._ipp._tcp.local.")
	f.Fuzz(func(t *testing.T, name string) {
		if device, ok := lan.DeviceOf(name); !ok && !device.IsZero() {
			t.Fatalf("%q gives %s and is none", name, device)
		}
	})
}
