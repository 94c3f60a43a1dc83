package rule

import "strings"

// Region is the region of a resource: what it or its provider says, or else its ARN. It
// is empty if the region comes from the environment and the ARN is not known yet.
func (r *Resource) Region() string {
	for _, v := range [...]Value{r.Get("region"), Of(r.Provider).Get("region")} {
		if region, ok := v.Text(); ok && region != "" {
			return region
		}
	}
	for _, v := range [...]Value{r.Out("arn"), r.Out("id")} {
		arn, _ := v.Text()
		if region := ArnRegion(arn); region != "" {
			return region
		}
	}
	return ""
}

// ArnRegion is the region in an ARN; empty if there is none.
func ArnRegion(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[3]
}
