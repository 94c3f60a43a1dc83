// Package zones counts the zones that subnets are in.
package zones

import (
	"maps"
	"slices"
)

// Fewest is the least number of zones that count of the subnets can be in, by how many there
// are in each. Those nowhere, of which the zone is not known, can be in the fullest one.
func Fewest(perZone map[string]int, nowhere, count int) int {
	sizes := slices.Sorted(maps.Values(perZone))
	if len(sizes) == 0 {
		sizes = append(sizes, 0)
	}
	sizes[len(sizes)-1] += nowhere
	zones := 0
	for _, n := range slices.Backward(sizes) {
		if count <= 0 {
			break
		}
		count -= n
		zones++
	}
	return zones
}
