package fleet

import (
	"bytes"
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// The life of codes and grants.
const (
	CodeLife     = 15 * time.Minute
	CodeTries    = 5
	grantLife    = 30 * 24 * time.Hour
	codeKept     = 24 * time.Hour // after its end, so that a late device is told why
	selectorSize = 4              // characters of the secret that find the code; the other six prove it
	maxLabel     = 60             // bytes
	redraws      = 8
)

// Refusals of NewCode.
const (
	RefusedSite  = "device_site"  // no such site
	RefusedRole  = "device_role"  // neither desk nor kiosk
	RefusedLabel = "device_label" // empty or too long
)

// NewCode draws a code with which one device can come in at a site, within 15
// minutes, with five tries. It gives the text for the screen and the QR code;
// it is not kept and cannot be shown again.
func (f *Fleet) NewCode(ctx context.Context, actor, site string, role syncproto.Role, label string) (code string, expires time.Time, err error) {
	if role != syncproto.RoleDesk && role != syncproto.RoleKiosk {
		return "", time.Time{}, clinic.Refuse(RefusedRole)
	}
	if label == "" || len(label) > maxLabel {
		return "", time.Time{}, clinic.Refuse(RefusedLabel)
	}
	if _, err := f.siteName(ctx, site); err != nil {
		return "", time.Time{}, err
	}
	f.entry.Lock()
	defer f.entry.Unlock()
	now := f.cfg.Now()
	drawn, err := f.draw(ctx, now)
	if err != nil {
		return "", time.Time{}, err
	}
	expires = now.Add(CodeLife)
	err = f.record(ctx, func(tx *store.Tx) (store.Note, error) {
		if err := tx.ForgetEnrolCodes(now.Add(-codeKept).UnixMilli()); err != nil {
			return store.Note{}, err
		}
		return store.Note{Actor: actor, Action: "device.code", Object: site, Detail: string(role)}, tx.InsertEnrolCode(store.EnrolCode{
			Proof: f.cfg.Secrets.proof(drawn.Secret), Selector: drawn.Secret[:selectorSize], Site: site, Role: role, Label: label, Actor: actor,
			Created: now.UnixMilli(), Expires: expires.UnixMilli(),
		})
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("make an enrolment code: %w", err)
	}
	return drawn.Text(), expires, nil
}

// draw finds a code whose selector no other code of today has.
func (f *Fleet) draw(ctx context.Context, now time.Time) (syncproto.Code, error) {
	for range redraws {
		c, err := syncproto.NewCode(f.cfg.Random, f.cfg.Secrets.Public())
		if err != nil {
			return syncproto.Code{}, err
		}
		other, taken, err := store.EnrolCodeBySelector(ctx, f.cfg.Store.Reader(), c.Secret[:selectorSize])
		if err != nil {
			return syncproto.Code{}, err
		}
		if !taken || other.Expires < now.Add(-codeKept).UnixMilli() {
			return c, nil
		}
	}
	return syncproto.Code{}, errors.New("draw an enrolment code: every selector is taken")
}

func (f *Fleet) siteName(ctx context.Context, code string) (string, error) {
	site, err := store.FeedSite(ctx, f.cfg.Store.Reader(), code)
	if errors.Is(err, sql.ErrNoRows) {
		return "", clinic.Refuse(RefusedSite)
	}
	if err != nil {
		return "", fmt.Errorf("read site: %w", err)
	}
	return site.Site.Name, nil
}

// Enrol answers a sealed request. The answer holds a grant once a person has
// approved the device (see Approve); until then the device asks again and again
// with the same bytes. A syncproto.Problem says why there will be none.
func (f *Fleet) Enrol(ctx context.Context, sealed []byte) ([]byte, error) {
	req, sealer, keys, err := f.cfg.Secrets.openEnrolment(sealed)
	if errors.Is(err, syncproto.ErrSealed) || errors.Is(err, syncproto.ErrMalformed) {
		return nil, syncproto.Problem{Code: syncproto.ProblemMalformed}
	}
	if err != nil {
		return nil, err
	}
	f.entry.Lock()
	defer f.entry.Unlock()
	code, err := f.redeem(ctx, req)
	if err == nil && code.Device.IsZero() {
		code, err = f.ask(ctx, code, req, sealer.Words, keys)
	}
	if err != nil {
		return nil, err
	}
	reply := syncproto.EnrolReply{Nonce: code.Nonce}
	if code.Approved != 0 {
		grant, err := f.approved(ctx, code, keys)
		if err != nil {
			return nil, err
		}
		reply.Grant = &grant
	}
	return sealer.Seal(reply)
}

// redeem finds the code of a request. A wrong secret counts against the code
// that its first four characters find.
func (f *Fleet) redeem(ctx context.Context, req syncproto.EnrolRequest) (store.EnrolCode, error) {
	wrong := syncproto.Problem{Code: syncproto.ProblemCodeWrong}
	code, ok, err := store.EnrolCodeBySelector(ctx, f.cfg.Store.Reader(), req.Code[:selectorSize])
	if err != nil {
		return store.EnrolCode{}, err
	}
	if !ok {
		return store.EnrolCode{}, wrong
	}
	if f.cfg.Now().UnixMilli() >= code.Expires || code.Tries >= CodeTries {
		return store.EnrolCode{}, syncproto.Problem{Code: syncproto.ProblemCodeExpired}
	}
	if subtle.ConstantTimeCompare(code.Proof, f.cfg.Secrets.proof(req.Code)) != 1 {
		if err := f.write(ctx, func(tx *store.Tx) error { return tx.CountTry(code.Proof) }); err != nil {
			return store.EnrolCode{}, err
		}
		f.cfg.Log.Warn("wrong enrolment code", "site", code.Site, "tries", code.Tries+1)
		return store.EnrolCode{}, wrong
	}
	if !code.Device.IsZero() && (!bytes.Equal(code.Noise, req.Noise) || !bytes.Equal(code.Sign, req.Sign)) {
		return store.EnrolCode{}, syncproto.Problem{Code: syncproto.ProblemCodeUsed}
	}
	if code.Refused != 0 {
		return store.EnrolCode{}, syncproto.Problem{Code: syncproto.ProblemNotApproved}
	}
	return code, nil
}

// ask binds a code to the first device that has its secret. The nonce is drawn
// now, so that nobody could look for a request with certain words.
func (f *Fleet) ask(ctx context.Context, code store.EnrolCode, req syncproto.EnrolRequest, words func(syncproto.Keys, []byte) syncproto.Words, keys *generation) (store.EnrolCode, error) {
	f.mu.Lock()
	_, taken := f.byNoise[[syncproto.NoiseKeySize]byte(req.Noise)]
	f.mu.Unlock()
	if taken { // a device makes new keys for every enrolment
		return store.EnrolCode{}, syncproto.Problem{Code: syncproto.ProblemMalformed}
	}
	code.Nonce = make([]byte, syncproto.EnrolNonceSize)
	if _, err := io.ReadFull(f.cfg.Random, code.Nonce); err != nil {
		return store.EnrolCode{}, fmt.Errorf("draw the words of an enrolment: %w", err)
	}
	code.Device, code.Asked, code.Noise, code.Sign, code.Build = f.cfg.NewID(), f.cfg.Now().UnixMilli(), req.Noise, req.Sign, req.Build
	code.Words = words(keys.public(), code.Nonce).String()
	err := f.write(ctx, func(tx *store.Tx) error { return tx.AskEnrolCode(code) })
	if errors.Is(err, store.ErrStale) { // somebody was quicker at another process
		return store.EnrolCode{}, syncproto.Problem{Code: syncproto.ProblemBusy, RetryAfter: 1}
	}
	if err != nil {
		return store.EnrolCode{}, err
	}
	f.cfg.Log.Info("a device asks to come in", "device", code.Device, "site", code.Site, "role", string(code.Role), "words", code.Words)
	return code, nil
}

// approved gives the grant of a device that was approved, here or at another
// process.
func (f *Fleet) approved(ctx context.Context, code store.EnrolCode, keys *generation) (syncproto.Grant, error) {
	d, known, err := store.DeviceByNoise(ctx, f.cfg.Store.Reader(), code.Noise)
	if err != nil {
		return syncproto.Grant{}, err
	}
	if !known || d.Revoked != 0 {
		return syncproto.Grant{}, syncproto.Problem{Code: syncproto.ProblemCodeUsed}
	}
	f.mu.Lock()
	if _, here := f.devices[d.ID]; !here {
		f.put(d)
	}
	f.mu.Unlock()
	return f.grant(ctx, d, keys)
}

// grant writes a device's grant, signed with one generation of central's keys.
func (f *Fleet) grant(ctx context.Context, d store.Device, keys *generation) (syncproto.Grant, error) {
	name, err := f.siteName(ctx, d.Site)
	if err != nil {
		return syncproto.Grant{}, err
	}
	psk, err := f.cfg.Secrets.psk(d.ID)
	if err != nil {
		return syncproto.Grant{}, err
	}
	g := syncproto.Grant{
		Device: d.ID, Site: d.Site, SiteName: name, Role: d.Role, Letter: d.Letter, Label: d.Label, Epoch: d.Epoch, PSK: psk[:],
		NotBefore: d.NotBefore, Expires: d.Expires,
	}
	g.SignFor(d.Noise, d.Sign, keys.sign)
	return g, nil
}

// letter names the n-th device of a site, from 0: A to Z, then AA, AB, …
func letter(n int) string {
	s := ""
	for n++; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return s
}
