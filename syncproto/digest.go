package syncproto

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"
	"time"

	"ezhitong.tw/clinic"
)

// Digest is the sum, modulo 2^128, of the first 16 bytes of SHA-256 over the
// canonical CBOR of each current row. Two sides that hold the same rows have
// the same Digest, whatever order they came in.
type Digest [DigestSize]byte

// DigestOf gives the digest of a single row.
func DigestOf(r Row) Digest {
	sum := sha256.Sum256(marshal(r))
	return Digest(sum[:DigestSize])
}

// Add counts a row in.
func (d Digest) Add(r Row) Digest { return d.Plus(DigestOf(r)) }

// Remove counts a row out, as it was when it was counted in.
func (d Digest) Remove(r Row) Digest { return d.Minus(DigestOf(r)) }

// Plus joins the digests of two sets that have no row in common.
func (d Digest) Plus(o Digest) Digest {
	dh, dl := d.halves()
	oh, ol := o.halves()
	low, carry := bits.Add64(dl, ol, 0)
	high, _ := bits.Add64(dh, oh, carry)
	return digestOf(high, low)
}

// Minus takes a part out of a set's digest.
func (d Digest) Minus(o Digest) Digest {
	dh, dl := d.halves()
	oh, ol := o.halves()
	low, borrow := bits.Sub64(dl, ol, 0)
	high, _ := bits.Sub64(dh, oh, borrow)
	return digestOf(high, low)
}

func (d Digest) halves() (high, low uint64) {
	return binary.BigEndian.Uint64(d[:8]), binary.BigEndian.Uint64(d[8:])
}

func digestOf(high, low uint64) (d Digest) {
	binary.BigEndian.PutUint64(d[:8], high)
	binary.BigEndian.PutUint64(d[8:], low)
	return d
}

// HelloDay is the day from which the digest in a Hello counts: the one before the
// day of its Wall.
func HelloDay(wall int64) Day { return DayOf(clinic.DateOf(time.UnixMilli(wall)).AddDays(-1)) }

// Bucket names the part of the site's rows that a row belongs to: its day, or
// NoDay for the site's own row and programmes. A Gone belongs to none.
func (r Row) Bucket() (day Day, ok bool) {
	switch {
	case r.Slot != nil:
		return r.Slot.Date, true
	case r.Booking != nil:
		return r.Booking.Date, true
	}
	return NoDay, r.Gone == nil
}

// SumOf joins the digests of buckets.
func SumOf(buckets []Bucket) (sum Digest) {
	for _, b := range buckets {
		sum = sum.Plus(Digest(b.Digest))
	}
	return sum
}

// Differing lists the days whose buckets two sides do not have alike.
func Differing(a, b []Bucket) []Day {
	theirs := make(map[Day][]byte, len(b))
	for _, x := range b {
		theirs[x.Day] = x.Digest
	}
	var days []Day
	for _, x := range a {
		if !bytes.Equal(theirs[x.Day], x.Digest) {
			days = append(days, x.Day)
		}
		delete(theirs, x.Day)
	}
	for day := range theirs {
		days = append(days, day)
	}
	slices.Sort(days)
	return days
}

// CompareEvents orders the events of a booking's row: by device, epoch and number.
func CompareEvents(a, b EventRow) int {
	return clinic.EventRef{Device: a.Device, Epoch: a.Epoch, Seq: a.Op.Seq}.Compare(clinic.EventRef{Device: b.Device, Epoch: b.Epoch, Seq: b.Op.Seq})
}
