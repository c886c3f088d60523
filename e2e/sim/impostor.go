package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net/http"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// pretend has a device with good keys of its own speak in another device's name,
// at another site. Central must tell it nothing and take nothing from it.
func (d *device) pretend() {
	w := d.w
	other := w.devices[w.rng.IntN(len(w.devices))]
	if other.id == d.id || !d.on() || d.stepping || w.central.store == nil {
		return
	}
	self, err := d.replica.Identity(w.ctx)
	w.must("read the identity of "+d.name, err)
	t, err := d.talk(self)
	if err != nil { // the answer was that it is shut out, or none
		w.say(d.name, "impostor: %v", err)
		return
	}
	w.tally.faults[impostor]++
	w.say(d.name, "speaks as %s", other.name)
	hello := syncproto.Hello{MinVersion: syncproto.Oldest, MaxVersion: syncproto.Version, Build: "sim", Device: other.id, Epoch: 1, Boot: w.newID()}
	d.refused(t, "hello", hello)
	out, err := d.replica.Outbox(w.ctx, 1)
	w.must("read the outbox of "+d.name, err)
	hello.Device, hello.MaxSeq, hello.AckedSeq = d.id, out.Max, out.Acked
	if _, err := t.ask(hello); err != nil {
		return
	}
	push := syncproto.Push{Device: other.id, Epoch: 1, Ops: []syncproto.Op{{
		Seq: other.at.acked + 1, Kind: clinic.CheckedIn, Booking: w.newID(), At: w.now.UnixMilli(), Wall: w.now.UnixMilli(), Boot: w.newID(), Staff: "impostor",
	}}}
	w.must("sign", push.Sign(ed25519.NewKeyFromSeed(self.Sign)))
	d.refused(t, "push", push)
}

func (d *device) refused(t *talk, what string, m syncproto.Message) {
	answer, err := t.ask(m)
	d.w.tally.checks++
	if _, no := answer.(syncproto.Problem); err == nil && !no {
		d.w.fail("%s: a %s in another device's name was answered with kind %d", d.name, what, answer.Kind())
	}
}

// talk is a session that somebody leads by hand.
type talk struct {
	d       *device
	channel *noise.Channel
	session string
}

func (d *device) talk(self replica.Identity) (*talk, error) {
	static, err := noise.KeyOf([32]byte(self.Noise))
	if err != nil {
		return nil, err
	}
	dialing, message, err := noise.Dial(noise.DialConfig{
		Static: static, Server: [32]byte(self.Central.Noise), PSK: [32]byte(self.Grant.PSK), Random: rand.Reader,
	})
	if err != nil {
		return nil, err
	}
	answer := d.arrives(letter{path: syncproto.PathHandshake, body: message}) //nolint:bodyclose // it is in memory
	if answer == nil || answer.StatusCode != http.StatusOK {
		return nil, errRefused
	}
	t := &talk{d: d, session: answer.Header.Get(syncproto.HeaderSession)}
	t.channel, err = dialing.Finish(readAll(answer))
	return t, err
}

func (t *talk) ask(m syncproto.Message) (syncproto.Message, error) {
	plain, err := syncproto.Encode(m)
	if err != nil {
		return nil, err
	}
	sealed, err := t.channel.Seal(plain)
	if err != nil {
		return nil, err
	}
	answer := t.d.arrives(letter{syncproto.PathExchange, t.session, sealed}) //nolint:bodyclose // it is in memory
	if answer == nil || answer.StatusCode != http.StatusOK {
		return nil, errors.New("no answer in the channel")
	}
	if plain, err = t.channel.Open(readAll(answer)); err != nil {
		return nil, err
	}
	return syncproto.Decode(plain)
}
