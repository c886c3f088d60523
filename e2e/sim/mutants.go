package main

import "context"

type mutantsCommand struct{}

// Run is to come.
func (c *mutantsCommand) Run(context.Context) error { return nil }
