package booking

// Break has fault called before every commit; an error from it breaks the
// commit. Call it while nothing is under way.
func (e *Engine) Break(fault func(stage string) error) { e.fault = fault }
