package staff

import (
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func readerName(d fleet.Device) string {
	switch d.Reader {
	case syncproto.ReaderReady:
		return "ready"
	case syncproto.ReaderMissing:
		return "missing"
	case syncproto.ReaderNone:
		return "none"
	}
	return "unknown"
}

// monitorCSV gives the filtered table of devices as a file.
func (s *Staff) monitorCSV(c *gin.Context, who account.Account) error {
	p := s.monitorPage(c, who)
	rows, err := s.deviceRows(c, who, p.page)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(d deviceRow) bool { return !p.wants(d) })
	out, err := s.download(c, "devices", p.Now)
	if err != nil {
		return err
	}
	err = out.row(heads(p.page, "state", "district", "code", "site", "device", "contact", "pending", "oldest", "behind", "skew", "version", "reader", "review")...)
	for i := 0; err == nil && i < len(rows); i++ {
		d := rows[i]
		err = out.row(d.Text, d.Place.District, d.Site, d.Place.Name, d.Label, isoTime(d.Contact), strconv.FormatUint(d.Pending, 10),
			strconv.Itoa(int(d.Oldest.Seconds())), strconv.FormatInt(d.Behind, 10), strconv.FormatInt(d.Skew.Milliseconds(), 10), d.Build, p.Reader(d), strconv.Itoa(d.Review))
	}
	if err != nil {
		return err
	}
	return out.close()
}

// heads gives the words over the columns of a file.
func heads(p page, keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = p.T("staff.head." + k)
	}
	return out
}

// siteNames gives a site's district and name, also when it is gone.
func (s *Staff) siteNames(code string) (district, name string) {
	site, ok := s.cfg.Offer.Catalogue().Site(code)
	if !ok {
		return "", code
	}
	return site.District, site.Name
}

func (s *Staff) vaccineName(p page, code string) string {
	_, v, ok := s.cfg.Offer.Catalogue().Vaccine(code)
	if !ok {
		return code
	}
	return p.Say(v.Name)
}

func (s *Staff) doseName(p page, vaccine, code string) string {
	_, v, ok := s.cfg.Offer.Catalogue().Vaccine(vaccine)
	if d, found := v.Dose(code); ok && found {
		return p.DoseName(d)
	}
	return p.DoseName(clinic.DoseRule{Code: code, Name: clinic.Text{clinic.DefaultLocale: code}})
}
