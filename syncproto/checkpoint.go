package syncproto

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"

	"ezhitong.tw/clinic"
)

// What devices of one site need to hand each other the rows that central told one of
// them: a session between two devices goes on with these after Passed. Since version 4.
const (
	KindAskCheckpoint Kind = 32
	KindOffer         Kind = 33
	KindAskRows       Kind = 34
	KindRows          Kind = 35
)

// RootSize is the length of the root of a bucket, in bytes.
const RootSize = sha256.Size

// maxSignatures is one for each of central's keys that are valid at a time.
const maxSignatures = 2

const (
	signedCheckpoint = "ezhitong checkpoint 1\x00"
	rootOfRows       = "ezhitong rows 1\x00"
)

// Checkpoint is central's signed word on what a site's rows are at a sequence, so that
// a device can take the rows from anybody.
type Checkpoint struct {
	Site    string    `cbor:"1,keyasint"`
	History clinic.ID `cbor:"2,keyasint"`
	Seq     int64     `cbor:"3,keyasint"`
	Time    int64     `cbor:"4,keyasint"` // central's clock, Unix milliseconds
	// Buckets are all from the day before central's on, and that without a day; by day.
	Buckets []Root `cbor:"5,keyasint"`
	// Heads are events of the site's devices that stand in the rows, as far as they count.
	Heads []Head `cbor:"6,keyasint"`
	// Signatures are of central's valid keys: two while devices move to new ones.
	Signatures [][]byte `cbor:"7,keyasint"`
}

// Root is the hash of a bucket's rows. Unlike a Digest it cannot be met by other rows.
type Root struct {
	Day  Day    `cbor:"1,keyasint"`
	Root []byte `cbor:"2,keyasint"` // RootSize bytes
}

// RootOf is the hash of rows, given by their digests in any order, which it sorts.
func RootOf(rows []Digest) Hash {
	slices.SortFunc(rows, func(a, b Digest) int { return bytes.Compare(a[:], b[:]) })
	h := sha256.New()
	h.Write([]byte(rootOfRows))
	for i := range rows {
		h.Write(rows[i][:])
	}
	return Hash(h.Sum(nil))
}

// CompareRows orders rows by sequence, those with the same by their digests.
func CompareRows(a, b Row) int {
	if a.Seq != b.Seq {
		return cmp.Compare(a.Seq, b.Seq)
	}
	one, other := DigestOf(a), DigestOf(b)
	return bytes.Compare(one[:], other[:])
}

// AskCheckpoint asks another device of the site for a checkpoint of a history above a
// sequence.
type AskCheckpoint struct {
	History clinic.ID `cbor:"1,keyasint"`
	Seq     int64     `cbor:"2,keyasint"`
}

// Offer answers AskCheckpoint; it is empty where there is none.
type Offer struct {
	Checkpoint *Checkpoint `cbor:"1,keyasint,omitempty"`
}

// AskRows asks for rows of one bucket at a checkpoint. Where the other device has
// moved on since, the answer is ProblemBusy.
type AskRows struct {
	Seq  int64 `cbor:"1,keyasint"` // of the checkpoint
	Day  Day   `cbor:"2,keyasint"`
	Skip int   `cbor:"3,keyasint"` // so many, which are here already
}

// Rows answers AskRows, in the order of their sequences and, where those are the same,
// of their digests.
type Rows struct {
	Rows []Row `cbor:"1,keyasint"`
	More bool  `cbor:"2,keyasint"`
}

// Kind is KindAskCheckpoint.
func (AskCheckpoint) Kind() Kind { return KindAskCheckpoint }

// Kind is KindOffer.
func (Offer) Kind() Kind { return KindOffer }

// Kind is KindAskRows.
func (AskRows) Kind() Kind { return KindAskRows }

// Kind is KindRows.
func (Rows) Kind() Kind { return KindRows }

// Needs is the version that brought AskCheckpoint.
func (AskCheckpoint) Needs() int { return fourth }

// Needs is the version that brought Offer.
func (Offer) Needs() int { return fourth }

// Needs is the version that brought AskRows.
func (AskRows) Needs() int { return fourth }

// Needs is the version that brought Rows.
func (Rows) Needs() int { return fourth }

// Check judges the limits of Checkpoint.
func (c Checkpoint) Check() error {
	if c.History.IsZero() || c.Seq < 1 || c.Time < 1 || len(c.Buckets) > maxBuckets {
		return malformed("checkpoint %d of %d buckets", c.Seq, len(c.Buckets))
	}
	for i, b := range c.Buckets {
		if len(b.Root) != RootSize || i > 0 && b.Day <= c.Buckets[i-1].Day {
			return malformed("checkpoint: bucket of day %d", b.Day)
		}
	}
	if len(c.Signatures) < 1 || len(c.Signatures) > maxSignatures {
		return malformed("checkpoint: %d signatures", len(c.Signatures))
	}
	for _, s := range c.Signatures {
		if len(s) != ed25519.SignatureSize {
			return malformed("checkpoint: signature of %d bytes", len(s))
		}
	}
	if err := (Heads{c.Heads}).Check(); err != nil {
		return err
	}
	return texts("checkpoint", maxText, c.Site)
}

// Check judges the limits of AskCheckpoint.
func (a AskCheckpoint) Check() error {
	if a.History.IsZero() || a.Seq < 0 {
		return malformed("a checkpoint above %d", a.Seq)
	}
	return nil
}

// Check judges the limits of Offer.
func (o Offer) Check() error {
	if o.Checkpoint == nil {
		return nil
	}
	return o.Checkpoint.Check()
}

// Check judges the limits of AskRows.
func (a AskRows) Check() error {
	if a.Seq < 1 || a.Skip < 0 {
		return malformed("rows of checkpoint %d but for %d", a.Seq, a.Skip)
	}
	return nil
}

// Check judges the limits of Rows: all of one bucket, rising in sequence.
func (r Rows) Check() error {
	if len(r.Rows) > MaxPageRows || r.More && len(r.Rows) == 0 {
		return malformed("%d rows of a bucket", len(r.Rows))
	}
	for i, row := range r.Rows {
		if err := row.Check(); err != nil {
			return err
		}
		day, ok := row.Bucket()
		first, _ := r.Rows[0].Bucket()
		if !ok || day != first || i > 0 && row.Seq < r.Rows[i-1].Seq {
			return malformed("row %d of day %d among rows of day %d", row.Seq, day, first)
		}
	}
	return nil
}

// CheckpointBytes gives what the signatures cover: a label and the canonical CBOR of
// the checkpoint with no Signatures.
func CheckpointBytes(c Checkpoint) []byte {
	c.Signatures = nil
	return append([]byte(signedCheckpoint), marshal(c)...)
}

// Sign fills in the signatures.
func (c *Checkpoint) Sign(keys ...ed25519.PrivateKey) {
	signed := CheckpointBytes(*c)
	c.Signatures = nil
	for _, key := range keys {
		c.Signatures = append(c.Signatures, ed25519.Sign(key, signed))
	}
}

// Verify makes sure that central signed the checkpoint with these keys, and for this
// site. Its error wraps ErrSignature, or ErrMalformed where it is another site's.
func (c Checkpoint) Verify(site string, keys Keys) error {
	if err := c.Check(); err != nil {
		return err
	}
	signed := CheckpointBytes(c)
	for _, s := range c.Signatures {
		if len(keys.Sign) == ed25519.PublicKeySize && ed25519.Verify(keys.Sign, signed, s) {
			if c.Site != site {
				return malformed("a checkpoint of site %s at site %s", c.Site, site)
			}
			return nil
		}
	}
	return fmt.Errorf("checkpoint %d: %w", c.Seq, ErrSignature)
}
