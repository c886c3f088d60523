package console

import "context"

// LANRequest lets the devices of a site help each other while central is away, or
// no longer.
type LANRequest struct {
	Site string
	On   bool
}

// SetLAN asks the server that runs on a data folder to turn a site's help on or off.
func SetLAN(ctx context.Context, folder string, r LANRequest) error {
	_, err := call[struct{}](ctx, folder, pathLAN, r)
	return err
}

func (cfg Config) setLAN(ctx context.Context, r LANRequest) (struct{}, error) {
	return struct{}{}, cfg.Devices.SetLAN(ctx, actor, r.Site, r.On)
}
