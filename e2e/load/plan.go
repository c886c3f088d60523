package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"ezhitong.tw/clinic"
)

// Plan knows what can be booked at a central and writes requests for it, each
// for a person of their own and no more for a slot than it has places.
type Plan struct {
	target *Target
	sites  []string
	slots  []slot
	left   int // places not given to a request yet
	at     int // the slot whose turn it is
	person int // the next one's number
}

// slot is a slot with free places, and what somebody has to ask for to get one.
type slot struct {
	id   clinic.ID
	dose string
	year int // of birth
	left int
}

// The parts of central's answers that a plan needs; central/public and
// central/booking write them.
type (
	vacancy struct {
		Site      string      `json:"site"`
		Programme string      `json:"programme"`
		Vaccine   string      `json:"vaccine"`
		First     clinic.Date `json:"first"`
		Last      clinic.Date `json:"last"`
	}
	offer struct {
		ID      clinic.ID   `json:"id"`
		Vaccine string      `json:"vaccine"`
		Date    clinic.Date `json:"date"`
		Left    int         `json:"left"`
	}
	availability struct {
		Slots []offer `json:"slots"`
	}
)

// ReadPlan asks central what can be booked now. The seed decides the order of the
// slots and who the people are; another seed has other people.
func ReadPlan(ctx context.Context, target *Target, seed uint64) (*Plan, error) {
	dice := rand.New(rand.NewPCG(seed, 0x6c6f6164))
	p := &Plan{target: target, person: dice.IntN(Everybody)}
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	var programmes []clinic.Programme
	var free []vacancy
	if err := errors.Join(get(ctx, client, target, "/programmes", &programmes), get(ctx, client, target, "/vacancies", &free)); err != nil {
		return nil, err
	}
	slices.SortStableFunc(free, func(a, b vacancy) int { return strings.Compare(a.Site, b.Site) })
	var here availability
	for i, v := range free {
		if i == 0 || v.Site != free[i-1].Site {
			here = availability{}
			if err := get(ctx, client, target, "/sites/"+v.Site+"/availability", &here); err != nil {
				return nil, err
			}
			p.sites = append(p.sites, v.Site)
		}
		p.add(v, here.Slots, programmes)
	}
	dice.Shuffle(len(p.slots), func(i, j int) { p.slots[i], p.slots[j] = p.slots[j], p.slots[i] })
	return p, nil
}

// add takes up the slots of a vaccine at a site.
func (p *Plan) add(v vacancy, offers []offer, programmes []clinic.Programme) {
	for _, o := range offers {
		if o.Vaccine != v.Vaccine || o.Left <= 0 || o.Date.Before(v.First) || o.Date.After(v.Last) {
			continue
		}
		if dose, year, ok := admitted(programmes, v.Vaccine, o.Date); ok {
			p.slots = append(p.slots, slot{o.ID, dose, year, o.Left})
			p.left += o.Left
		}
	}
}

// admitted finds a first dose of a vaccine and a year of birth that may have it.
func admitted(programmes []clinic.Programme, vaccine string, day clinic.Date) (dose string, year int, ok bool) {
	for _, programme := range programmes {
		v, ok := programme.Vaccine(vaccine)
		if !ok {
			continue
		}
		for _, d := range v.Doses {
			for _, year := range births {
				if len(d.After) == 0 && d.Admits(clinic.NewBirth(birthIn(year, 0)), day) == nil {
					return d.Code, year, true
				}
			}
		}
	}
	return "", 0, false
}

// get reads an answer of the API.
func get(ctx context.Context, client *http.Client, target *Target, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.URL()+"/api/v1"+path, nil)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(answer.Status)
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// Places is how many more bookings the plan has places for.
func (p *Plan) Places() int { return p.left }

// Bookings writes so many requests for a booking, spread over all slots.
func (p *Plan) Bookings(count int) ([]*Shot, error) {
	if count > p.left {
		return nil, fmt.Errorf("現在只有 %d 個名額，需要 %d 個，請用 --sites 建更大的城市 / there are %d places and %d are needed: make a larger city with --sites",
			p.left, count, p.left, count)
	}
	shots := make([]*Shot, count)
	for i := range shots {
		for p.slots[p.at].left == 0 {
			p.at = (p.at + 1) % len(p.slots)
		}
		s := &p.slots[p.at]
		s.left--
		p.left--
		p.at = (p.at + 1) % len(p.slots)
		var err error
		if shots[i], err = p.booking(s); err != nil {
			return nil, err
		}
	}
	return shots, nil
}

func (p *Plan) booking(s *slot) (*Shot, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	n := p.person
	p.person = (n + 1) % Everybody
	body, err := json.Marshal(map[string]any{
		"id": id, "slot": s.id, "dose": s.dose, "id_number": IDNumber(n), "name": fmt.Sprintf("量測王%d", n),
		"birth": birthIn(s.year, n).String(), "mobile": fmt.Sprintf("09%08d", n%100_000_000), "consents": [3]bool{true, true, true},
	})
	if err != nil {
		return nil, fmt.Errorf("write a request: %w", err)
	}
	return p.target.Post("/api/v1/bookings", clinic.ID(id), body), nil
}

// Reads writes so many requests for the availability of one site after the other.
func (p *Plan) Reads(count int) ([]*Shot, error) {
	if len(p.sites) == 0 {
		return nil, errors.New("現在沒有可預約的接種站 / no site has places now")
	}
	shots := make([]*Shot, count)
	for i := range shots {
		shots[i] = p.target.Get("/api/v1/sites/" + p.sites[i%len(p.sites)] + "/availability")
	}
	return shots, nil
}

// Mix writes so many requests of which share (0 to 1) are bookings, in even
// distribution.
func (p *Plan) Mix(count int, share float64) ([]*Shot, error) {
	bookings, err := p.Bookings(int(float64(count) * share))
	if err != nil {
		return nil, err
	}
	reads, err := p.Reads(count - len(bookings))
	if err != nil {
		return nil, err
	}
	shots, booked := make([]*Shot, count), 0
	for i := range shots {
		if booked < len(bookings) && (i+1)*len(bookings)/count > booked {
			shots[i] = bookings[booked]
			booked++
		} else {
			shots[i] = reads[i-booked]
		}
	}
	return shots, nil
}
