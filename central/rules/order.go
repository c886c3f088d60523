package rules

import (
	"slices"
	"strings"
)

// order checks which dose comes after which, and whether anybody can get there.
func (c *checker) order(doses []dose) {
	at := make(map[string]int) // code → place in the list
	var codes []string
	for i, d := range doses {
		if d.code != "" {
			at[d.code] = i
			codes = append(codes, d.code)
		}
	}
	for i, d := range doses {
		named := make(map[string]bool)
		for _, r := range d.after {
			if c.full() {
				return
			}
			before, known := at[r.code]
			switch {
			case named[r.code]:
				c.say(r.at, "「%s」寫了兩次，請刪掉一個", "%s stands twice: remove one", r.code)
			case r.code == d.code:
				c.say(r.at, "「%s」不能接在自己後面", "%s can't come after itself", r.code)
			case !known && nearest(r.code, codes) != "":
				c.say(r.at, "這種疫苗沒有劑別「%s」，是不是「%s」？", "this vaccine has no dose %s; is %s meant?", r.code, nearest(r.code, codes))
			case !known:
				c.say(r.at, "這種疫苗沒有劑別「%s」", "this vaccine has no dose %s", r.code)
			case before > i:
				c.later(doses, at, i, r)
			default:
				c.reachable(doses[before], d, r)
			}
			named[r.code] = true
		}
		if d.interval > 0 && len(d.after) == 0 && len(doses) > 1 {
			c.say(d.intervalAt, "有間隔 %d 天，卻沒有寫接在哪一劑後面（after）", "an interval of %d days, but no dose before it: write after", d.interval)
		}
	}
}

// later says what is wrong with a dose that follows one further down: a circle, or the wrong order.
func (c *checker) later(doses []dose, at map[string]int, i int, r ref) {
	if way := path(doses, at, at[r.code], i); way != nil {
		circle := strings.Join(append([]string{doses[i].code}, way...), " → ")
		c.say(r.at, "劑別繞成一圈，誰也不能先打：%s", "the doses follow each other in a circle: %s", circle)
		return
	}
	c.say(r.at, "「%s」寫在這一劑後面，請把它移到前面", "%s stands below this dose: move it above", r.code)
}

// path gives the codes on the way from one dose back to another, along what each follows; nil when there is none.
func path(doses []dose, at map[string]int, from, to int) []string {
	cameFrom := map[int]int{from: from}
	queue := []int{from}
	for len(queue) > 0 {
		here := queue[0]
		queue = queue[1:]
		if here == to {
			var codes []string
			for ; here != from; here = cameFrom[here] {
				codes = append(codes, doses[here].code)
			}
			codes = append(codes, doses[from].code)
			slices.Reverse(codes)
			return codes
		}
		for _, r := range doses[here].after {
			next, known := at[r.code]
			if _, been := cameFrom[next]; known && !been {
				cameFrom[next] = here
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// reachable says when everybody who had one dose is too old for the next by the time they may have it. A month is
// taken as 31 days, so that nothing is refused that somebody could have.
func (c *checker) reachable(before, next dose, r ref) {
	if next.ageless {
		return
	}
	youngest, oldest := 0, 0
	if !before.ageless {
		youngest = slices.MinFunc(before.bands, func(a, b band) int { return a.from - b.from }).from
	}
	for _, b := range next.bands {
		if b.below == 0 {
			return
		}
		oldest = max(oldest, b.below)
	}
	if next.interval >= (oldest-youngest)*31 {
		c.say(r.at, "打過「%s」再等 %d 天，都超過這一劑的年齡了", "whoever had %s and waited %d days is too old for this dose", r.code, next.interval)
	}
}
