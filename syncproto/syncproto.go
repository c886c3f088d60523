// Package syncproto is the language between central and the devices of a
// clinic: its messages, their bytes, the hash chain and signature of events,
// and enrolment. SPEC.md says the same so exactly that somebody else could
// write a client from it.
//
// A device holds one conversation at a time: it shakes hands (package noise),
// says Hello and is answered with Welcome, then sends Push (answered by Ack)
// and Pull (answered by Page) until nothing is left on either side. Anything
// that goes wrong is answered with Problem.
package syncproto

// Version is the protocol version that this build speaks; Oldest is the oldest
// one it still speaks, two before it. A version only
// adds optional keys and new values to the one before: a message is written in the
// lowest version that has all its keys, so an older one needs no translation.
const (
	Version = 4
	Oldest  = 2
)

// Kind is the first byte of every message.
type Kind uint8

// The kinds of message.
const (
	KindHello   Kind = 1
	KindWelcome Kind = 2
	KindPull    Kind = 3
	KindPage    Kind = 4
	KindPush    Kind = 5
	KindAck     Kind = 6
	KindProblem Kind = 7
	KindRenew   Kind = 20
	KindRenewal Kind = 21
)

// Limits that both sides hold.
const (
	MaxPageRows = 1000
	MaxPushOps  = 500
	MaxMessage  = 1 << 20 // bytes of one message before compression
)

// Paths of the HTTP transport, below central's base address.
const (
	PathKeys         = "/sync/v1/keys"      // GET: Keys
	PathEnrol        = "/sync/v1/enrol"     // POST: sealed EnrolRequest → sealed EnrolReply
	PathHandshake    = "/sync/v1/handshake" // POST: Noise message 1 → message 2, session id in HeaderSession
	PathExchange     = "/sync/v1/exchange"  // POST: sealed message → sealed message
	PathPoke         = "/sync/v1/poke"      // GET: text/event-stream of the site's latest sequence, session id in HeaderSession
	QueryFingerprint = "f"                  // of PathKeys: which keys are meant, where central has two
	HeaderSession    = "Ezhitong-Session"
	HeaderProblem    = "Ezhitong-Problem" // a Problem code where no sealed answer is possible
)
