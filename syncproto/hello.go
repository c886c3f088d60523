package syncproto

import "ezhitong.tw/clinic"

// ReaderState is what a device knows of its card reader.
type ReaderState uint8

// The states of a card reader.
const (
	ReaderUnknown ReaderState = 0
	ReaderReady   ReaderState = 1
	ReaderMissing ReaderState = 2 // configured, but the port does not answer
	ReaderNone    ReaderState = 3 // none configured
)

// Hello opens a session: who the device is and how far it got.
type Hello struct {
	MinVersion    int         `cbor:"1,keyasint"`
	MaxVersion    int         `cbor:"2,keyasint"`
	Build         string      `cbor:"3,keyasint"`
	Device        clinic.ID   `cbor:"4,keyasint"`
	Epoch         uint32      `cbor:"5,keyasint"`
	History       clinic.ID   `cbor:"6,keyasint"`  // the history of the cursor; zero on a new device
	Cursor        int64       `cbor:"7,keyasint"`  // the site's sequence up to which the base is complete
	Digest        []byte      `cbor:"8,keyasint"`  // Digest of the base at Cursor, 16 bytes or none
	MaxSeq        uint64      `cbor:"9,keyasint"`  // the last event made here
	AckedSeq      uint64      `cbor:"10,keyasint"` // the last event known to be acknowledged
	OldestPending int64       `cbor:"11,keyasint"` // age in seconds of the oldest event not acknowledged
	Wall          int64       `cbor:"12,keyasint"` // the device's clock, Unix milliseconds
	Monotonic     int64       `cbor:"13,keyasint"` // milliseconds since Boot
	Boot          clinic.ID   `cbor:"14,keyasint"`
	FreeDisk      int64       `cbor:"15,keyasint"` // bytes
	DatabaseSize  int64       `cbor:"16,keyasint"` // bytes
	Reader        ReaderState `cbor:"17,keyasint"`
	RoundTrip     int64       `cbor:"18,keyasint"` // milliseconds of the exchange before, 0 if none
}

// Welcome answers Hello.
type Welcome struct {
	Version   int       `cbor:"1,keyasint"`
	History   clinic.ID `cbor:"2,keyasint"` // changes when central was restored from a backup
	Time      int64     `cbor:"3,keyasint"` // central's clock, Unix milliseconds
	Site      string    `cbor:"4,keyasint"`
	SiteSeq   int64     `cbor:"5,keyasint"` // the site's latest sequence
	MinSeq    int64     `cbor:"6,keyasint"` // a base that began below it takes a fresh snapshot once its cursor is below
	AckedSeq  uint64    `cbor:"7,keyasint"` // central's last event of this device and epoch
	ChainHead []byte    `cbor:"8,keyasint"` // 32 bytes, hash of that event
	Expires   int64     `cbor:"9,keyasint"` // Unix seconds until which the device's grant now holds; replaces Grant.Expires
}
