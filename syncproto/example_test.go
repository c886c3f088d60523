package syncproto_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/go-resty/resty/v2"

	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// machine is what a device keeps: its keys, and what central granted.
type machine struct {
	http   *resty.Client // with central's base address
	static noise.KeyPair
	sign   ed25519.PrivateKey
	keys   syncproto.Keys
	grant  syncproto.Grant

	session string
	channel *noise.Channel
}

// call makes one HTTP request; a Problem in the header is the error.
func (m *machine) call(ctx context.Context, method, path string, body []byte) (*resty.Response, error) {
	res, err := m.http.R().SetContext(ctx).SetHeader(syncproto.HeaderSession, m.session).SetBody(body).Execute(method, path)
	if err != nil {
		return nil, err
	}
	if code := res.Header().Get(syncproto.HeaderProblem); code != "" {
		return nil, syncproto.Problem{Code: code}
	}
	if res.IsError() {
		return nil, fmt.Errorf("central answered %s", res.Status())
	}
	return res, nil
}

// enrol comes in with what a person typed.
func (m *machine) enrol(ctx context.Context, typed string) error {
	code, err := syncproto.ParseCode(typed)
	if err != nil {
		return err
	}
	res, err := m.call(ctx, resty.MethodGet, syncproto.PathKeys, nil)
	if err != nil {
		return err
	}
	if m.keys, err = syncproto.DecodeKeys(res.Body()); err != nil {
		return err
	}
	if !code.Matches(m.keys) {
		return errors.New("the code is of another central")
	}
	if m.static, err = noise.GenerateKey(rand.Reader); err != nil {
		return err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	m.sign = private
	sealed, opener, err := syncproto.SealEnrolment(m.keys, syncproto.EnrolRequest{
		Code: code.Secret, Noise: m.static.Public[:], Sign: public, Build: "1.0.0",
	})
	if err != nil {
		return err
	}
	for {
		if res, err = m.call(ctx, resty.MethodPost, syncproto.PathEnrol, sealed); err != nil {
			return err // after a lost answer: the same sealed bytes once more
		}
		reply, err := opener.Open(res.Body())
		if err != nil {
			return err
		}
		if reply.Grant != nil {
			m.grant = *reply.Grant
			return nil
		}
		fmt.Println("compare at central:", opener.Words(reply))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

// connect shakes hands.
func (m *machine) connect(ctx context.Context) error {
	dialing, message1, err := noise.Dial(noise.DialConfig{
		Static: m.static, Server: [32]byte(m.keys.Noise), PSK: [32]byte(m.grant.PSK), Random: rand.Reader,
	})
	if err != nil {
		return err
	}
	res, err := m.call(ctx, resty.MethodPost, syncproto.PathHandshake, message1)
	if err != nil {
		return err
	}
	m.session = res.Header().Get(syncproto.HeaderSession)
	m.channel, err = dialing.Finish(res.Body())
	return err
}

// ask sends a message and reads the answer, which has to be a T.
func ask[T syncproto.Message](ctx context.Context, m *machine, message syncproto.Message) (T, error) {
	var none T
	plain, err := syncproto.Encode(message)
	if err != nil {
		return none, err
	}
	sealed, err := m.channel.Seal(plain)
	if err != nil {
		return none, err
	}
	res, err := m.call(ctx, resty.MethodPost, syncproto.PathExchange, sealed)
	if err != nil {
		return none, err
	}
	if plain, err = m.channel.Open(res.Body()); err != nil {
		return none, err
	}
	return syncproto.Expect[T](plain)
}

// A device comes in with a code and makes one round: it says hello, sends what
// happened here, and fetches what is new.
func Example_enrolmentAndOneRound() {
	ctx := context.Background()
	m := &machine{http: resty.New().SetBaseURL("https://central.example")}
	if err := m.enrol(ctx, "abcde-fghjk-mnpqr-stvwx"); err != nil {
		fmt.Println("enrol:", err)
		return
	}
	if err := m.connect(ctx); err != nil {
		fmt.Println("connect:", err)
		return
	}
	welcome, err := ask[syncproto.Welcome](ctx, m, syncproto.Hello{
		MinVersion: syncproto.Oldest, MaxVersion: syncproto.Version, Build: "1.0.0", Device: m.grant.Device, Epoch: m.grant.Epoch,
	})
	if err != nil {
		fmt.Println("hello:", err) // errors.Is(err, syncproto.Problem{Code: …})
		return
	}
	outbox := []syncproto.Op{} // the ops after welcome.AckedSeq
	if len(outbox) > 0 {
		push := syncproto.Push{Device: m.grant.Device, Epoch: m.grant.Epoch, Previous: welcome.ChainHead, Ops: outbox}
		if err := push.Sign(m.sign); err != nil {
			fmt.Println("sign:", err)
			return
		}
		ack, err := ask[syncproto.Ack](ctx, m, push)
		if err != nil {
			fmt.Println("push:", err)
			return
		}
		fmt.Println("central has", ack.AckedSeq)
	}
	pull := syncproto.Pull{First: syncproto.NoDay, Limit: syncproto.MaxPageRows}
	for more := true; more; {
		page, err := ask[syncproto.Page](ctx, m, pull)
		if err != nil {
			fmt.Println("pull:", err)
			return
		}
		pull.Cursor, more = page.Next, page.More
	}
}
