package upstream

import "testing"

func TestCheckURL(t *testing.T) {
	for value, ok := range map[string]bool{
		"https://api.kit.com/v4":        true,
		"http://127.0.0.1:8080":         true,
		"http://localhost:8080":         true,
		"http://[::1]:8080/v4":          true,
		"http://api.kit.com/v4":         false,
		"http://localhost.example.com":  false,
		"http://127.0.0.1.example.com":  false,
		"ftp://127.0.0.1":               false,
		"https://user:word@example.com": false,
		"https://example.com?key=word":  false,
		"https://example.com#part":      false,
		"api.kit.com":                   false,
		"https://":                      false,
		"":                              false,
		"https://exa mple.com":          false,
	} {
		if err := CheckURL("KIT_URL", value); (err == nil) != ok {
			t.Errorf("CheckURL(%q) = %v, want it to be fine: %t", value, err, ok)
		}
	}
}
