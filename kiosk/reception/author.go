package reception

// SignIn has what happens at the counter from now on carry an account; empty for
// Staff, while nobody is signed in.
func (c *Counter) SignIn(account string) { c.signedIn.Store(&account) }

// author is who acts.
func (c *Counter) author() string {
	if account := c.signedIn.Load(); account != nil && *account != "" {
		return *account
	}
	return c.Staff
}
