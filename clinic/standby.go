package clinic

// StandbyAnswer is what became of a dose that was left and offered to somebody on a
// standby list.
type StandbyAnswer string

// The answers.
const (
	StandbyWaiting   StandbyAnswer = "" // nobody has offered anything yet
	StandbyOffered   StandbyAnswer = "offered"
	StandbyUnreached StandbyAnswer = "not_reached"
	StandbyDeclined  StandbyAnswer = "declined"
	StandbyAccepted  StandbyAnswer = "accepted" // they come
)

// Known reports whether the answer is one that an event may say.
func (a StandbyAnswer) Known() bool {
	switch a {
	case StandbyOffered, StandbyUnreached, StandbyDeclined, StandbyAccepted:
		return true
	}
	return false
}

// Then is what two answers about one entry come to, in either order: who comes,
// comes, and whoever has answered is not merely offered something.
func (a StandbyAnswer) Then(b StandbyAnswer) StandbyAnswer {
	if b.weight() > a.weight() {
		return b
	}
	return a
}

// StandbyTakenBack gives which answers do not count, since the desk that noted one by
// mistake has taken it back: of the events about one entry, in whatever order.
func StandbyTakenBack(events []Event) map[EventRef]bool {
	out := make(map[EventRef]bool)
	for _, e := range events {
		if e.Kind == EventVoided {
			out[e.Voids] = true
		}
	}
	return out
}

// StandbyAcceptances are the events by which somebody comes for a dose that is left; none
// is among them that was taken back.
func StandbyAcceptances(events []Event) (out []Event) {
	gone := StandbyTakenBack(events)
	for _, e := range events {
		if e.Kind == StandbyAsked && StandbyAnswer(e.Reason) == StandbyAccepted && !gone[e.Ref] {
			out = append(out, e)
		}
	}
	return out
}

func (a StandbyAnswer) weight() int {
	switch a {
	case StandbyOffered:
		return 1
	case StandbyUnreached:
		return 2
	case StandbyDeclined:
		return 3
	case StandbyAccepted:
		return 4
	}
	return 0
}
