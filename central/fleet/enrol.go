package fleet

import (
	"bytes"
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
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
	err = f.write(ctx, func(tx *store.Tx) error {
		if err := tx.ForgetEnrolCodes(now.Add(-codeKept).UnixMilli()); err != nil {
			return err
		}
		return tx.InsertEnrolCode(store.EnrolCode{
			Proof: f.cfg.Secrets.proof(drawn.Secret), Selector: drawn.Secret[:selectorSize], Site: site, Role: role, Label: label, Actor: actor,
			Created: now.UnixMilli(), Expires: expires.UnixMilli(),
		})
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("make an enrolment code: %w", err)
	}
	return drawn.Text(), expires, f.cfg.Audit(ctx, actor, "device.code", site, string(role))
}

// draw finds a code whose selector no other code of today has.
func (f *Fleet) draw(ctx context.Context, now time.Time) (syncproto.Code, error) {
	for range redraws {
		c, err := syncproto.NewCode(f.cfg.Random, f.cfg.Secrets.Public())
		if err != nil {
			return syncproto.Code{}, err
		}
		other, err := store.EnrolCodeBySelector(ctx, f.cfg.Store.Reader(), c.Secret[:selectorSize])
		if errors.Is(err, sql.ErrNoRows) || err == nil && other.Expires < now.Add(-codeKept).UnixMilli() {
			return c, nil
		}
		if err != nil {
			return syncproto.Code{}, err
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

// Enrol answers a sealed request with a sealed grant. A syncproto.Problem says
// why not. The same device asking again with the same code within its life is
// given the same grant, because the first answer may have been lost.
func (f *Fleet) Enrol(ctx context.Context, sealed []byte) ([]byte, error) {
	req, sealer, err := syncproto.OpenEnrolment(f.cfg.Secrets.hpke, sealed)
	if errors.Is(err, syncproto.ErrSealed) || errors.Is(err, syncproto.ErrMalformed) {
		return nil, syncproto.Problem{Code: syncproto.ProblemMalformed}
	}
	if err != nil {
		return nil, err
	}
	f.entry.Lock()
	defer f.entry.Unlock()
	if f.cfg.Store.Shared() {
		if err := f.Refresh(ctx); err != nil { // the device may have come in at another process
			return nil, err
		}
	}
	code, err := f.redeem(ctx, req)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	d, known := f.devices[code.Device]
	f.mu.Unlock()
	if !known {
		if d, err = f.admit(ctx, code, req); err != nil {
			return nil, err
		}
	}
	grant, err := f.grant(ctx, d, req)
	if err != nil {
		return nil, err
	}
	return sealer.Seal(grant)
}

// redeem finds the code of a request. A wrong secret counts against the code
// that its first four characters find.
func (f *Fleet) redeem(ctx context.Context, req syncproto.EnrolRequest) (store.EnrolCode, error) {
	wrong := syncproto.Problem{Code: syncproto.ProblemCodeWrong}
	code, err := store.EnrolCodeBySelector(ctx, f.cfg.Store.Reader(), req.Code[:selectorSize])
	if errors.Is(err, sql.ErrNoRows) {
		return store.EnrolCode{}, wrong
	}
	if err != nil {
		return store.EnrolCode{}, err
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
	if code.Device.IsZero() {
		return code, nil
	}
	f.mu.Lock()
	d := f.devices[code.Device]
	f.mu.Unlock()
	if d.Revoked != 0 || !bytes.Equal(d.Noise, req.Noise) || !bytes.Equal(d.Sign, req.Sign) {
		return store.EnrolCode{}, syncproto.Problem{Code: syncproto.ProblemCodeUsed}
	}
	return code, nil
}

// admit makes the device.
func (f *Fleet) admit(ctx context.Context, code store.EnrolCode, req syncproto.EnrolRequest) (store.Device, error) {
	f.mu.Lock()
	_, taken := f.byNoise[[syncproto.NoiseKeySize]byte(req.Noise)]
	f.mu.Unlock()
	if taken { // a device makes new keys for every enrolment
		return store.Device{}, syncproto.Problem{Code: syncproto.ProblemMalformed}
	}
	now := f.cfg.Now()
	d := store.Device{
		ID: f.cfg.NewID(), Site: code.Site, Role: code.Role, Label: code.Label, Epoch: 1, Noise: req.Noise, Sign: req.Sign,
		Enrolled: now.UnixMilli(), NotBefore: now.Unix(), Expires: now.Add(grantLife).Unix(),
	}
	err := f.writeAgain(ctx, func(tx *store.Tx) error {
		n, err := store.CountDevices(ctx, tx.Reads(), code.Site)
		if err != nil {
			return err
		}
		d.Letter = letter(n)
		if err := tx.InsertDevice(d); err != nil {
			return err
		}
		return tx.UseEnrolCode(code.Proof, d.ID)
	})
	if err != nil {
		return store.Device{}, fmt.Errorf("admit a device: %w", err)
	}
	f.mu.Lock()
	f.put(d)
	f.mu.Unlock()
	f.cfg.Log.Info("device enrolled", "device", d.ID, "site", d.Site, "role", string(d.Role))
	return d, f.cfg.Audit(ctx, code.Actor, "device.enrol", d.ID.String(), d.Site+" "+string(d.Role)+" "+d.Letter)
}

func (f *Fleet) grant(ctx context.Context, d store.Device, req syncproto.EnrolRequest) (syncproto.Grant, error) {
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
	g.SignFor(req, f.cfg.Secrets.sign)
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
