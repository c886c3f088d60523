package syncproto

import (
	"bytes"
	"crypto/hpke"
	"encoding/binary"
	"errors"
	"fmt"
)

// The shape of a bundle; see SPEC.md section 9.
const (
	bundleMark    = "ezhitong bundle 1\n"
	bundleInfo    = "ezhitong bundle 1"        // HPKE info
	bundleHead    = len(bundleMark) + halfCode // mark and fingerprint, the associated data with one byte more
	maxPushes     = 100                        // 50,000 ops
	bundleTagSize = 16

	// MaxBundle is the longest bundle, in bytes.
	MaxBundle = 8 << 20
)

// The reasons why a bundle does not open, beside ErrMalformed and ErrTooLarge.
var (
	// ErrOtherCentral says that a bundle is sealed to another central, or a receipt is
	// signed by one.
	ErrOtherCentral = errors.New("syncproto: the file belongs to another central")
	// ErrNoBundle says that the bytes are no bundle at all.
	ErrNoBundle = fmt.Errorf("%w: not a bundle", ErrMalformed)
)

// SealBundle puts signed pushes that follow each other into a file that only the
// central with these keys can read. It is for a device that has had no line for
// days; carrying it twice, or after the line is back, has no second effect.
func SealBundle(keys Keys, pushes []Push) ([]byte, error) {
	if err := keys.Check(); err != nil {
		return nil, err
	}
	if err := checkBundle(pushes); err != nil {
		return nil, err
	}
	public, err := hpke.MLKEM768X25519().NewPublicKey(keys.HPKE)
	if err != nil {
		return nil, malformed("central's HPKE key: %v", err)
	}
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(bundleInfo))
	if err != nil {
		return nil, fmt.Errorf("seal a bundle: %w", err)
	}
	out := append([]byte(bundleMark), keys.Fingerprint()...)
	head := bytes.Clone(out)
	out = append(out, enc...)
	for i, p := range pushes {
		plain, err := Encode(p)
		if err != nil {
			return nil, err
		}
		sealed, err := sender.Seal(pushData(head, i == len(pushes)-1), plain)
		if err != nil {
			return nil, fmt.Errorf("seal a bundle: %w", err)
		}
		out = binary.BigEndian.AppendUint32(out, uint32(len(sealed)))
		out = append(out, sealed...)
	}
	if len(out) > MaxBundle {
		return nil, fmt.Errorf("bundle of %d bytes: %w", len(out), ErrTooLarge)
	}
	return out, nil
}

// OpenBundle reads a bundle with central's HPKE key. The pushes are by one device,
// follow each other and keep the limits; whose they are and whether they are
// signed is for VerifyPush to say. A changed or cut bundle is ErrSealed.
func OpenBundle(key hpke.PrivateKey, keys Keys, b []byte) ([]Push, error) {
	if len(b) > MaxBundle {
		return nil, fmt.Errorf("bundle of %d bytes: %w", len(b), ErrTooLarge)
	}
	if !bytes.HasPrefix(b, []byte(bundleMark)) {
		return nil, ErrNoBundle
	}
	if len(b) < bundleHead+hpkeEncSize {
		return nil, ErrSealed
	}
	head, enc, rest := b[:bundleHead], b[bundleHead:bundleHead+hpkeEncSize], b[bundleHead+hpkeEncSize:]
	if string(head[len(bundleMark):]) != keys.Fingerprint() {
		return nil, ErrOtherCentral
	}
	opener, err := hpke.NewRecipient(enc, key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(bundleInfo))
	if err != nil {
		return nil, ErrSealed
	}
	var pushes []Push
	for last := false; !last; {
		var sealed []byte
		if sealed, rest, err = nextPush(rest); err != nil {
			return nil, err
		}
		last = len(rest) == 0
		plain, err := opener.Open(pushData(head, last), sealed)
		if err != nil {
			return nil, ErrSealed
		}
		p, err := Expect[Push](plain)
		if err != nil {
			return nil, err
		}
		if pushes = append(pushes, p); len(pushes) > maxPushes {
			break
		}
	}
	return pushes, checkBundle(pushes)
}

// nextPush cuts the next sealed push off.
func nextPush(b []byte) (sealed, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, ErrSealed
	}
	n := int64(binary.BigEndian.Uint32(b))
	if n < bundleTagSize || n > int64(len(b)-4) {
		return nil, nil, ErrSealed
	}
	return b[4 : 4+n], b[4+n:], nil
}

// pushData is the associated data of a push: nothing can be cut off at the end.
func pushData(head []byte, last bool) []byte {
	data := append(bytes.Clone(head), 0)
	if last {
		data[len(head)] = 1
	}
	return data
}

// checkBundle judges that pushes are by one device and follow each other.
func checkBundle(pushes []Push) error {
	if len(pushes) == 0 {
		return malformed("a bundle without ops")
	}
	if len(pushes) > maxPushes {
		return fmt.Errorf("bundle of %d pushes: %w", len(pushes), ErrTooLarge)
	}
	first := pushes[0]
	if err := first.Check(); err != nil {
		return err
	}
	next := first.Ops[0].Seq
	link, err := HashOf(first.Previous)
	if err != nil {
		return err
	}
	for _, p := range pushes {
		if err := p.Check(); err != nil {
			return err
		}
		if p.Device != first.Device || p.Epoch != first.Epoch || p.Ops[0].Seq != next || !bytes.Equal(p.Previous, link[:]) {
			return malformed("bundle: op %d of device %s does not follow", p.Ops[0].Seq, p.Device)
		}
		next, link = next+uint64(len(p.Ops)), HashOps(link, p.Ops)
	}
	return nil
}
