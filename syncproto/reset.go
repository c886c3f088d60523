package syncproto

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"ezhitong.tw/clinic"
)

// How many digits a device shows whose managers have forgotten their PIN, and how many
// central answers; the last of each is a check digit.
const (
	ResetChallengeSize = 8
	ResetCodeSize      = 10
)

// ErrReset says that what was typed is no challenge or no code: digits are missing or
// too many, or one is mistyped.
var ErrReset = errors.New("syncproto: not the digits that were read out")

const resetContext = "ezhitong reset 1\x00"

// NewResetChallenge draws what a device shows.
func NewResetChallenge(random io.Reader) (string, error) {
	n, err := rand.Int(random, big.NewInt(1e7))
	if err != nil {
		return "", fmt.Errorf("draw a challenge: %w", err)
	}
	return checked(n.Int64(), ResetChallengeSize-1), nil
}

// ResetCode is central's answer to a challenge, which only central and the device with
// this pre-shared key can tell.
func ResetCode(psk []byte, device clinic.ID, challenge string) (string, error) {
	if len(psk) != PSKSize {
		return "", fmt.Errorf("answer a challenge: a key of %d bytes", len(psk))
	}
	h := hmac.New(sha256.New, psk)
	h.Write([]byte(resetContext + string(device[:]) + challenge))
	return checked(int64(binary.BigEndian.Uint64(h.Sum(nil))%1e9), ResetCodeSize-1), nil
}

// ParseResetChallenge reads a challenge as somebody typed it: full-width digits, spaces
// and dashes too. Its error wraps ErrReset.
func ParseResetChallenge(typed string) (string, error) { return parseDigits(typed, ResetChallengeSize) }

// ParseResetCode reads a code in the same way. Its error wraps ErrReset and holds
// nothing of the code.
func ParseResetCode(typed string) (string, error) { return parseDigits(typed, ResetCodeSize) }

// ReadOut gives digits in two groups, as people read them out.
func ReadOut(digits string) string {
	half := len(digits) / 2
	return digits[:half] + " " + digits[half:]
}

func parseDigits(typed string, size int) (string, error) {
	var clean strings.Builder
	for _, r := range typed {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		switch {
		case r >= '0' && r <= '9':
			clean.WriteRune(r)
		case !strings.ContainsRune(between, r):
			return "", fmt.Errorf("%w: a character that is no digit", ErrReset)
		}
	}
	digits := clean.String()
	if len(digits) != size {
		return "", fmt.Errorf("%w: %d digits, not %d", ErrReset, len(digits), size)
	}
	if damm(digits) != 0 {
		return "", fmt.Errorf("%w: the check digit is another", ErrReset)
	}
	return digits, nil
}

// checked writes a number with so many digits and its check digit.
func checked(n int64, digits int) string {
	text := fmt.Sprintf("%0*d", digits, n)
	return text + string('0'+rune(damm(text)))
}

// quasigroup is the table of Damm's check digit, which finds every digit that is wrong
// and every two neighbours that changed places.
var quasigroup = [10]string{
	"0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
	"3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
}

// damm gives the check digit of digits, which is zero for digits that end in theirs.
func damm(digits string) (check byte) {
	for i := range len(digits) {
		check = quasigroup[check][digits[i]-'0'] - '0'
	}
	return check
}
