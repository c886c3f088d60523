package clinic_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
)

func honest() clinic.Draw {
	seed := bytes.Repeat([]byte{7}, 32)
	d := clinic.Draw{Commitment: clinic.DrawCommitment(seed), Seed: seed}
	var ids []clinic.ID
	for i := range 5 {
		ids = append(ids, clinic.ID{byte(i + 1)})
		d.Steps = append(d.Steps, clinic.DrawStep{Kind: clinic.DrawJoined, Entry: ids[i]})
	}
	slices.SortFunc(ids, func(a, b clinic.ID) int { return bytes.Compare(clinic.DrawRank(seed, a), clinic.DrawRank(seed, b)) })
	return clinic.Draw{Commitment: d.Commitment, Seed: seed, Steps: append(d.Steps,
		clinic.DrawStep{Kind: clinic.DrawLeft, Entry: ids[0]}, clinic.DrawStep{Kind: clinic.DrawPassed, Entry: ids[1]},
		clinic.DrawStep{Kind: clinic.DrawPromoted, Entry: ids[2]}, clinic.DrawStep{Kind: clinic.DrawPromoted, Entry: ids[3]})}
}

func TestAnHonestDrawIsVerifiedAndEveryOtherOneIsNot(t *testing.T) {
	if err := clinic.VerifyDraw(honest()); err != nil {
		t.Fatal(err)
	}
	for story, cheat := range map[string]func(*clinic.Draw){
		"the seed is not told":      func(d *clinic.Draw) { d.Seed = nil },
		"another seed":              func(d *clinic.Draw) { d.Seed = bytes.Repeat([]byte{8}, 32) },
		"two in the wrong order":    func(d *clinic.Draw) { d.Steps[7], d.Steps[8] = d.Steps[8], d.Steps[7] },
		"somebody who never joined": func(d *clinic.Draw) { d.Steps[7].Entry = clinic.ID{99} },
		"somebody twice":            func(d *clinic.Draw) { d.Steps = append(d.Steps, d.Steps[8]) },
		"joined again":              func(d *clinic.Draw) { d.Steps = append(d.Steps, d.Steps[0]) },
		"one was left out":          func(d *clinic.Draw) { d.Steps = slices.Delete(d.Steps, 6, 7) },
		"a step of no kind":         func(d *clinic.Draw) { d.Steps[5].Kind = "forgotten" },
	} {
		d := honest()
		cheat(&d)
		if err := clinic.VerifyDraw(d); !errors.Is(err, clinic.ErrDraw) {
			t.Errorf("%s: %v", story, err)
		}
	}
}
