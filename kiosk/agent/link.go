package agent

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
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

// silence is how long nothing may come on the poke stream, on which central sends
// at least an empty line every 25 seconds.
const silence = 60 * time.Second

// Poke follows the poke stream of a session.
func (l *HTTPLink) Poke(ctx context.Context, session string, seen func(seq int64)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch := time.AfterFunc(silence, cancel)
	defer watch.Stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.client.BaseURL+syncproto.PathPoke, nil)
	if err != nil {
		return fmt.Errorf("listen to central: %w", err)
	}
	request.Header.Set(syncproto.HeaderSession, session)
	endless := *l.client.GetClient()
	endless.Timeout = 0
	answer, err := endless.Do(request)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer answer.Body.Close()
	if err := refusedBy(answer); err != nil {
		return err
	}
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		return fmt.Errorf("%w: the stream is %s", ErrUnreachable, kind)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(make([]byte, 0, 64), 64) // "data: " and a number
	for lines.Scan() {
		watch.Reset(silence)
		text, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		seq, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seq < 0 {
			return fmt.Errorf("%w: the stream has something else than numbers", ErrUnreachable)
		}
		seen(seq)
	}
	return fmt.Errorf("%w: the stream ended: %w", ErrUnreachable, cmp.Or(lines.Err(), io.EOF))
}

// failed turns an answer that is not 200 into the syncproto.Problem it carries.
func failed(answer *resty.Response, err error) error {
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return refusedBy(answer.RawResponse)
}

func refusedBy(answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	if code := answer.Header.Get(syncproto.HeaderProblem); code != "" {
		seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // absent or a date: our own pause
		return syncproto.Problem{Code: code, RetryAfter: seconds}
	}
	return fmt.Errorf("%w: it answered %s", ErrUnreachable, answer.Status)
}
