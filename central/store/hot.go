package store

// hot are the statements that run very often, prepared once.
var hot = [...]string{insertBooking, updateBooking, insertSlot, takePlaces, advanceSite, insertEvent, insertAudit}
