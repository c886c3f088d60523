package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-resty/resty/v2"

	"ezhitong.tw/syncproto"
)

// HTTPLink is the Link over HTTP or HTTPS.
type HTTPLink struct{ client *resty.Client }

// ErrUnreachable says that nobody who speaks the protocol answered at central's
// address.
var ErrUnreachable = errors.New("central cannot be reached")

// callTimeout bounds one call, so that a dead line is noticed.
const callTimeout = 15 * time.Second

// NewHTTPLink makes a link to central's base address, such as
// https://vaccine.example.
func NewHTTPLink(base string) *HTTPLink {
	return &HTTPLink{resty.New().SetBaseURL(base).SetTimeout(callTimeout).SetResponseBodyLimit(2*syncproto.MaxMessage).
		SetHeader("Content-Type", "application/octet-stream").SetHeader("User-Agent", "ezhitong")} // short: it goes with every exchange
}

// Over has the link's requests carried by something else than the machine's
// network.
func (l *HTTPLink) Over(carrier http.RoundTripper) *HTTPLink {
	l.client.SetTransport(carrier)
	return l
}

// To points the link at another address. Nobody else may use it meanwhile.
func (l *HTTPLink) To(base string) { l.client.SetBaseURL(base) }

// Handshake posts the first message of the handshake.
func (l *HTTPLink) Handshake(ctx context.Context, message []byte) (string, []byte, error) {
	answer, err := l.client.R().SetContext(ctx).SetBody(message).Post(syncproto.PathHandshake)
	if err := failed(answer, err); err != nil {
		return "", nil, err
	}
	return answer.Header().Get(syncproto.HeaderSession), answer.Body(), nil
}

// Exchange posts one sealed message.
func (l *HTTPLink) Exchange(ctx context.Context, session string, sealed []byte) ([]byte, error) {
	answer, err := l.client.R().SetContext(ctx).SetBody(sealed).SetHeader(syncproto.HeaderSession, session).Post(syncproto.PathExchange)
	if err := failed(answer, err); err != nil {
		return nil, err
	}
	return answer.Body(), nil
}

// Keys gets central's public keys; where it has several, those with a
// fingerprint.
func (l *HTTPLink) Keys(ctx context.Context, fingerprint string) (syncproto.Keys, error) {
	answer, err := l.client.R().SetContext(ctx).SetQueryParam(syncproto.QueryFingerprint, fingerprint).Get(syncproto.PathKeys)
	if err := failed(answer, err); err != nil {
		return syncproto.Keys{}, err
	}
	return syncproto.DecodeKeys(answer.Body())
}

// Enrol posts a sealed request.
func (l *HTTPLink) Enrol(ctx context.Context, sealed []byte) ([]byte, error) {
	answer, err := l.client.R().SetContext(ctx).SetBody(sealed).Post(syncproto.PathEnrol)
	if err := failed(answer, err); err != nil {
		return nil, err
	}
	return answer.Body(), nil
}

// failed turns an answer that is not 200 into the syncproto.Problem it carries.
func failed(answer *resty.Response, err error) error {
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if answer.StatusCode() == http.StatusOK {
		return nil
	}
	if code := answer.Header().Get(syncproto.HeaderProblem); code != "" {
		seconds, _ := strconv.Atoi(answer.Header().Get("Retry-After")) // absent or a date: our own pause
		return syncproto.Problem{Code: code, RetryAfter: seconds}
	}
	return fmt.Errorf("%w: it answered %s", ErrUnreachable, answer.Status())
}
