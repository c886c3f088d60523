package public

import (
	"slices"

	"ezhitong.tw/central/web"
)

// Field describes an input of the person form.
func (p *personPage) Field(name string) web.Field {
	f := web.Field{Name: name, Label: p.T("public.field." + name), Fault: faultOf(p.Faults, name), Focus: p.Focus(name)}
	days, _ := p.Choice.Programme.Reminder(p.Choice.Slot.Date)
	switch name {
	case "id":
		return idField(f, p.Page, p.Draft)
	case "name":
		f.Value, f.Hint, f.Complete, f.Max, f.Required = p.Draft.Name, p.T("public.field.name.hint"), "name", longest, true
	case "mobile":
		f.Value, f.Hint, f.Complete, f.Type, f.Max = p.Draft.Mobile, p.T("public.field.mobile.hint", "days", days), "tel", "tel", 20
	case "landline":
		f.Value, f.Type, f.Max = p.Draft.Landline, "tel", 24
	case "guardian":
		f.Value, f.Type, f.Max = p.Draft.Guardian, "tel", 24
	case "guardian_consent":
		f.Value = box(p.Draft.GuardianConsent)
	case "c1", "c2", "c3":
		f.Value = box(p.Draft.Consents[name[1]-'1'])
	}
	return f
}

// Fault gives the message of an input.
func (p *personPage) Fault(name string) string { return faultOf(p.Faults, name) }

// Focus reports whether an input is the first to be mended.
func (p *personPage) Focus(name string) bool { return first(p.Faults, name) }

// Field describes an input of the look-up form.
func (p *lookUpPage) Field(name string) web.Field {
	return idField(web.Field{Name: name, Label: p.T("public.field." + name), Fault: faultOf(p.Faults, name), Focus: p.Focus(name)}, p.Page, p.Draft)
}

// Fault gives the message of an input.
func (p *lookUpPage) Fault(name string) string { return faultOf(p.Faults, name) }

// Focus reports whether an input is the first to be mended.
func (p *lookUpPage) Focus(name string) bool { return first(p.Faults, name) }

// Fault gives the message of an input.
func (p *cancelPage) Fault(name string) string { return faultOf(p.Faults, name) }

// Focus reports whether an input is the first to be mended.
func (p *cancelPage) Focus(name string) bool { return first(p.Faults, name) }

// Made is when the booking was registered: 115年11月24日 09:41.
func (p *resultPage) Made() string { return madeAt(p.Page, p.Ticket.Booking.Created) }

func idField(f web.Field, p web.Page, dr draft) web.Field {
	f.Value, f.Hint, f.Max, f.Required = dr.ID, p.T("public.field.id.hint"), 20, true
	return f
}

func faultOf(list []web.Fault, name string) string {
	i := slices.IndexFunc(list, func(f web.Fault) bool { return f.Field == name })
	if i < 0 {
		return ""
	}
	return list[i].Text
}

func first(list []web.Fault, name string) bool { return len(list) > 0 && list[0].Field == name }

func box(ticked bool) string {
	if ticked {
		return "1"
	}
	return ""
}
