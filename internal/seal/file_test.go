package seal

import "testing"

func FuzzKeyFile(f *testing.F) {
	f.Add([]byte(firstLine + "\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"))
	f.Add([]byte(firstLine + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		secrets, err := parse(text)
		if err != nil || len(secrets) == 0 {
			return
		}
		k, err := New(secrets...)
		if err != nil {
			t.Fatalf("a key file that reads well gives no keyring: %v", err)
		}
		if plain, err := k.Open("t", "c", nil, k.Seal("t", "c", nil, []byte("x"))); err != nil || string(plain) != "x" {
			t.Fatal("it does not open what it seals")
		}
	})
}

func FuzzOpen(f *testing.F) {
	k, err := New(make([]byte, SecretSize))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Add(make([]byte, overhead))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if plain, err := k.Open("t", "c", nil, sealed); err == nil && len(sealed) > 0 {
			t.Fatalf("%x opens as %q", sealed, plain)
		}
	})
}
