package console

import (
	"context"
	"slices"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/rules"
	"ezhitong.tw/clinic"
)

// Programmes is what the door asks of booking.Engine.
type Programmes interface {
	SaveProgramme(ctx context.Context, actor booking.Actor, p clinic.Programme) (changed bool, err error)
}

// RefusedProgrammeShipped says that a programme comes with the city's profile,
// which every start of the server brings up to date: a change would be lost.
const RefusedProgrammeShipped = "programme_shipped" // args: programme

const pathProgramme = "/programme"

// ProgrammeAnswer is what became of a programme file: either what is wrong with
// it, and then nothing was installed, or the programme's code.
type ProgrammeAnswer struct {
	Findings []rules.Finding
	Code     string
	Changed  bool // false when the very same programme was there already
}

// AddProgramme asks the server that runs on a data folder to install a programme
// file, or to put it in the place of the one with the same code.
func AddProgramme(ctx context.Context, folder string, f rules.File) (ProgrammeAnswer, error) {
	if len(f.Data) > rules.MaxBytes {
		_, findings := rules.Check(f)
		return ProgrammeAnswer{Findings: findings}, nil
	}
	return call[ProgrammeAnswer](ctx, folder, pathProgramme, f)
}

// addProgramme checks the file once more: the server believes nobody.
func (cfg Config) addProgramme(ctx context.Context, f rules.File) (ProgrammeAnswer, error) {
	programmes, findings := rules.Check(f)
	if len(findings) > 0 {
		return ProgrammeAnswer{Findings: findings}, nil
	}
	p := programmes[0]
	if slices.Contains(cfg.Shipped, p.Code) {
		return ProgrammeAnswer{}, clinic.Refuse(RefusedProgrammeShipped, "programme", p.Code)
	}
	changed, err := cfg.Programmes.SaveProgramme(ctx, booking.Actor{Account: actor, Scope: booking.Scope{All: true}}, p)
	return ProgrammeAnswer{Code: p.Code, Changed: changed}, err
}
