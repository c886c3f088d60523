package clinic

// Refusal is a rule's "no": an answer for the person, not a failure. Its Code
// is the translation key under "refusal."; Args fill the text. Anything that is
// not a Refusal is a failure and shown as 'internal'.
type Refusal struct {
	Code string
	Args map[string]string
}

// The codes of the rules. Each has a text in every language. An argument that
// is itself a text in several languages is given as name for zh-TW and as
// name@locale for the others.
const (
	RefusedTooYoung       = "too_young"        // args: limit
	RefusedTooOld         = "too_old"          // args: limit
	RefusedInterval       = "interval"         // args: days, earliest
	RefusedDoseOrder      = "dose_order"       // args: before, dose
	RefusedAlreadyBooked  = "already_booked"   // one active booking per person and programme
	RefusedFull           = "full"             //
	RefusedWindowNotOpen  = "window_not_open"  // args: period, opens
	RefusedWindowClosed   = "window_closed"    // args: period
	RefusedSlotClosed     = "slot_closed"      // args: closed (the instant it closed)
	RefusedNoSuchSlot     = "no_such_slot"     //
	RefusedNoSuchVaccine  = "no_such_vaccine"  //
	RefusedIDChecksum     = "id_checksum"      //
	RefusedIDForm         = "id_form"          //
	RefusedName           = "name_missing"     //
	RefusedBirth          = "birth_invalid"    //
	RefusedPhone          = "phone_invalid"    //
	RefusedPhoneMissing   = "phone_missing"    //
	RefusedConsent        = "consent_missing"  //
	RefusedGuardian       = "guardian_missing" // args: limit
	RefusedNoShow         = "no_show_block"    // args: open (the period that is open again)
	RefusedNoShowNext     = "no_show_next"     // the same while that period is not there yet
	RefusedCancelTooLate  = "cancel_too_late"  // args: phone
	RefusedNotFound       = "booking_not_found"
	RefusedAlreadyGone    = "already_cancelled"
	RefusedArrived        = "already_arrived"       // a person who has arrived cannot cancel
	RefusedBusy           = "busy"                  // try again in a moment; nothing was stored
	RefusedBelowBooked    = "capacity_below_booked" // args: booked
	RefusedConflictingKey = "id_reused"             // the booking id was used for another request
	RefusedPlacesLeft     = "places_left"           // no need to wait: the slot can be booked
	RefusedAlreadyWaiting = "already_waiting"       // one standby entry per person and programme
	RefusedGroupSize      = "group_size"            // args: most
	RefusedHoldExpired    = "hold_expired"          // the place is no longer kept
	RefusedHoldLimit      = "hold_limit"            // too many places are kept for one address; booking without a hold goes on
)

// Refuse makes a refusal; args come in pairs of key and value.
func Refuse(code string, args ...string) *Refusal {
	r := &Refusal{Code: code}
	if len(args) > 0 {
		r.Args = make(map[string]string, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			r.Args[args[i]] = args[i+1]
		}
	}
	return r
}

// Error names the rule, for logs; people read the translation.
func (r *Refusal) Error() string { return "refused: " + r.Code }

// Is makes errors.Is(err, Refuse(code)) true for the same rule, whatever its args.
func (r *Refusal) Is(target error) bool {
	other, ok := target.(*Refusal)
	return ok && other.Code == r.Code
}
