package zones

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFewestFillsTheFullestZonesFirst(t *testing.T) {
	for name, c := range map[string]struct {
		perZone              map[string]int
		nowhere, count, want int
	}{
		"one each":                   {map[string]int{"a": 1, "b": 1, "c": 1}, 0, 2, 2},
		"two in one":                 {map[string]int{"a": 2, "b": 1}, 0, 2, 1},
		"the rest of them elsewhere": {map[string]int{"a": 2, "b": 1}, 0, 3, 2},
		"one that may be anywhere":   {map[string]int{"a": 1, "b": 1}, 1, 2, 1},
		"all may be together":        {nil, 3, 2, 1},
		"none of them":               {map[string]int{"a": 1}, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, Fewest(c.perZone, c.nowhere, c.count)) })
	}
}
