package prerequisites

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestZoneNameIsWhatItsDomainsShare(t *testing.T) {
	for want, domains := range map[string][]string{
		"shop.example.com": {"shop.example.com", "app.shop.example.com"},
		"example.com":      {"a.example.com", "b.example.com"},
		"www.example.com":  {"www.example.com"},
		"apps.example.com": {"*.apps.example.com"},
	} {
		require.Equal(t, want, zoneName(domains))
	}
}
