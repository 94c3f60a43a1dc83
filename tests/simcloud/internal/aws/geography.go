package aws

import (
	"cmp"
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
	// Order are the letters by the number in the zone's ID, if that is not their own order.
	Order string `json:"order"`
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

// zoneID gives the ID of a zone. AWS shuffles them per account; here they are as in most accounts of us-east-1,
// and elsewhere in the order of the letters.
func zoneID(regionName, zone string) string {
	reg := regions()[regionName]
	i := strings.Index(cmp.Or(reg.Order, reg.Zones), strings.TrimPrefix(zone, regionName))
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

// countries are the two-letter codes of ISO 3166, and Kosovo's.
var countries = set(`AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR
		CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU
		ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ
		MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
		SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`)
