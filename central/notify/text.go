package notify

import (
	"fmt"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
)

// weekdays are the days of the week from Sunday on.
const weekdays = "日一二三四五六"

// Text writes a reminder or notice in the language of the field (C10): when, where, what,
// what to bring, whom to call. The name is masked: somebody else may hold the
// phone.
func Text(r booking.Reminder) string {
	b := r.Booking
	day := []rune(weekdays)[b.Slot.Date.Weekday()]
	if r.Released {
		return fmt.Sprintf("【疫苗預約通知】%s您好，您已經接種過%s這一劑，原本%d月%d日（%c）%s 在%s的預約已為您取消，不必前往。如有疑問，請電洽 %s。預約代碼 %s",
			b.Person.Name, r.Vaccine.Name.In(clinic.DefaultLocale), int(b.Slot.Date.Month), b.Slot.Date.Day, day, b.Slot.Start, r.Site.Name, r.Site.Phone, b.Code)
	}
	return fmt.Sprintf("【疫苗預約提醒】%s您好，您預約%d月%d日（%c）%s 在%s接種%s。地址：%s。請帶健保卡與身分證件；如不克前往，請電洽 %s。預約代碼 %s",
		b.Person.Name, int(b.Slot.Date.Month), b.Slot.Date.Day, day, b.Slot.Start, r.Site.Name,
		r.Vaccine.Name.In(clinic.DefaultLocale), r.Site.Address, r.Site.Phone, b.Code)
}
