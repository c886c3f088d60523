package syncproto

import "ezhitong.tw/clinic"

// Role is what a device may do.
type Role string

// The roles of devices.
const (
	RoleDesk  Role = "desk"
	RoleKiosk Role = "kiosk" // may emit CheckedIn and WalkInRegistered only
)

// Keys are central's public keys as served at PathKeys. Their fingerprint is
// part of the enrolment code, so a device trusts them only when it matches.
type Keys struct {
	HPKE  []byte `cbor:"1,keyasint"` // MLKEM768X25519, 1,216 bytes
	Noise []byte `cbor:"2,keyasint"` // X25519, 32 bytes
	Sign  []byte `cbor:"3,keyasint"` // Ed25519, 32 bytes
}

// EnrolRequest is sealed to Keys.HPKE. Code is the ten-character secret half of
// the enrolment code.
type EnrolRequest struct {
	Code  string `cbor:"1,keyasint"`
	Noise []byte `cbor:"2,keyasint"` // the device's X25519 public key
	Sign  []byte `cbor:"3,keyasint"` // the device's Ed25519 public key
	Build string `cbor:"4,keyasint"`
}

// EnrolReply answers EnrolRequest. It has no grant until a person at central has
// compared the Words and approved the device.
type EnrolReply struct {
	Nonce []byte `cbor:"1,keyasint"` // EnrolNonceSize bytes, the same in every answer to a request
	Grant *Grant `cbor:"2,keyasint,omitempty"`
}

// Grant is what the device is from now on.
// Signature is Ed25519 by Keys.Sign over GrantBytes; PSK goes into the Noise
// handshake.
type Grant struct {
	Device    clinic.ID `cbor:"1,keyasint"`
	Site      string    `cbor:"2,keyasint"`
	SiteName  string    `cbor:"3,keyasint"`
	Role      Role      `cbor:"4,keyasint"`
	Letter    string    `cbor:"5,keyasint"` // of queue numbers: "A" gives A001
	Label     string    `cbor:"6,keyasint"` // for people: 櫃檯 A
	Epoch     uint32    `cbor:"7,keyasint"` // of the device's first local database, 1
	PSK       []byte    `cbor:"8,keyasint"` // 32 bytes
	NotBefore int64     `cbor:"9,keyasint"` // Unix seconds
	Expires   int64     `cbor:"10,keyasint"`
	Signature []byte    `cbor:"11,keyasint"`
}
