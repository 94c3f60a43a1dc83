package aws

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:embed data/regions.json
var regionsText []byte

type region struct {
	// Zones are the letters of the availability zones, ZoneID the prefix of their IDs.
	Zones  string `json:"zones"`
	ZoneID string `json:"zoneId"`
	// LoadBalancerZone is the hosted zone of the region's application load balancers.
	LoadBalancerZone string `json:"loadBalancerZone"`
}

var regions = sync.OnceValue(func() map[string]region {
	var out map[string]region
	if err := json.Unmarshal(regionsText, &out); err != nil {
		return nil
	}
	return out
})

// KnownRegion says whether the region exists.
func KnownRegion(name string) bool { _, ok := regions()[name]; return ok }

// hasZone says whether the availability zone exists in the request's region.
func (r *Request) hasZone(zone string) bool {
	letter, ok := strings.CutPrefix(zone, r.Region)
	return ok && len(letter) == 1 && strings.Contains(regions()[r.Region].Zones, letter)
}

// zoneID gives the ID of a zone. AWS shuffles them per account; here they keep the order of the letters.
func zoneID(regionName, zone string) string {
	reg := regions()[regionName]
	i := strings.Index(reg.Zones, strings.TrimPrefix(zone, regionName))
	if i < 0 {
		return ""
	}
	return say("%s-az%d", reg.ZoneID, i+1)
}

// zoneByID is the reverse of zoneID.
func zoneByID(regionName, id string) string {
	for _, letter := range regions()[regionName].Zones {
		if zone := regionName + string(letter); zoneID(regionName, zone) == id {
			return zone
		}
	}
	return ""
}
