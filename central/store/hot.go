package store

// hot are the statements of the booking path, prepared once.
var hot = [...]string{insertBooking, updateBooking, takePlaces, advanceSite, insertEvent, insertAudit, insertReminder}
