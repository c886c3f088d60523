package syncproto

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"strings"
	"sync"
)

//go:embed words.txt
var wordText string

// wordList has 1,024 words of two characters: each stands for ten bits.
var wordList = sync.OnceValue(func() []string { return strings.Fields(wordText) })

const (
	enrolWords = "ezhitong words 1\x00"
	wordBits   = 10
	// EnrolNonceSize is the length of EnrolReply.Nonce in bytes.
	EnrolNonceSize = 16
)

// Words are five everyday words that both sides of an enrolment show. They come
// from central's keys, the sealed request and a number that central drew after
// it had the request, so whoever stands between, or uses the code with another
// device, would have to be lucky once in 2^50.
type Words [5]string

// String joins the words with spaces.
func (w Words) String() string { return strings.Join(w[:], " ") }

// words gives the first 50 bits of SHA-256 over a label and the three parts.
func words(keys Keys, sealed [sha256.Size]byte, nonce []byte) Words {
	k := sha256.Sum256(marshal(keys))
	b := append([]byte(enrolWords), k[:]...)
	b = append(append(b, sealed[:]...), nonce...)
	sum := sha256.Sum256(b)
	bits := binary.BigEndian.Uint64(sum[:])
	var w Words
	for i := range w {
		bits, w[i] = bits<<wordBits, wordList()[bits>>(64-wordBits)]
	}
	return w
}
