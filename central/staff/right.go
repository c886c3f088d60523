package staff

import (
	"slices"

	"ezhitong.tw/central/account"
)

// right is something a role may do, within its jurisdiction.
type right string

const (
	watch          right = "watch"    // the sync monitor
	seeBookings    right = "bookings" // masked
	seePerson      right = "person"   // one booking in full; written down
	export         right = "export"   // bookings in full; written down
	seeReview      right = "review"   // what devices sent that people should look at
	decideEvents   right = "admit"    // walk-ins beyond a site's bound, and what a revoked device still sent
	closeDays      right = "close"
	joinNumbers    right = "numbers" // anywhere in the city
	importCapacity right = "capacity"
	seeOffer       right = "offer" // periods and sites
	editPeriods    right = "periods"
	editSites      right = "sites"
	switchLAN      right = "lan" // whether the devices of a site help each other
	seeStock       right = "stock"
	seeLots        right = "lots"   // that were recalled
	recallLots     right = "recall" // in the whole city
	takeLeases     right = "leases" // back from a device
	seeReports     right = "reports"
	runDevices     right = "devices"
	runAccounts    right = "accounts"
	readAudit      right = "audit"
	ownAccount     right = "own"
)

// rights says which role has which. An administrator runs accounts and devices and sees nobody's booking.
func rights(r account.Role) []right {
	switch r {
	case account.Admin:
		return []right{watch, seeOffer, seeReports, runDevices, runAccounts, readAudit, ownAccount}
	case account.Bureau:
		return []right{watch, seeBookings, seePerson, export, seeReview, decideEvents, closeDays, joinNumbers, importCapacity, seeOffer, editPeriods, editSites, switchLAN, seeStock, seeLots, recallLots, takeLeases, seeReports, runDevices, ownAccount}
	case account.HealthCentre:
		return []right{watch, seeBookings, seePerson, export, seeReview, decideEvents, closeDays, importCapacity, seeOffer, editSites, switchLAN, seeStock, seeLots, takeLeases, seeReports, runDevices, ownAccount}
	case account.Site:
		return []right{watch, seeBookings, seePerson, export, seeReview, closeDays, importCapacity, seeOffer, editSites, switchLAN, seeStock, seeLots, seeReports, ownAccount}
	}
	return nil
}

func may(a account.Account, r right) bool { return slices.Contains(rights(a.Role), r) }
