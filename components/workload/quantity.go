package workload

import (
	"math"
	"regexp"
	"strconv"

	"github.com/plinth-iac/plinth/components/fielderr"
)

var (
	cpuForm   = regexp.MustCompile(`^([1-9][0-9]*)(m?)$`)
	bytesForm = regexp.MustCompile(`^([1-9][0-9]*)(Ki|Mi|Gi|Ti)$`)
)

var byteUnits = []struct {
	name  string
	bytes int64
}{{"Ti", 1 << 40}, {"Gi", 1 << 30}, {"Mi", 1 << 20}, {"Ki", 1 << 10}}

var countUnits = []string{"", "k", "M", "G"}

// parseCpu reads a share of processors such as "250m" or "2", in thousandths.
func parseCpu(text string) (milli int64, ok bool) {
	m := cpuForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	if m[2] == "" {
		return times(m[1], 1000)
	}
	return times(m[1], 1)
}

// parseBytes reads an amount such as "512Mi".
func parseBytes(text string) (bytes int64, ok bool) {
	m := bytesForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	for _, unit := range byteUnits {
		if unit.name == m[2] {
			return times(m[1], unit.bytes)
		}
	}
	return 0, false
}

func times(digits string, unit int64) (int64, bool) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n > math.MaxInt64/unit {
		return 0, false
	}
	return n * unit, true
}

// canonicalCpu is a share that parseCpu reads as the cluster writes it back: another
// form of the same would look like a change on refresh.
func canonicalCpu(text string) string {
	milli, _ := parseCpu(text)
	if milli%1000 == 0 {
		return strconv.FormatInt(milli/1000, 10)
	}
	return strconv.FormatInt(milli, 10) + "m"
}

// canonicalBytes is the same of an amount.
func canonicalBytes(text string) string {
	bytes, _ := parseBytes(text)
	for _, unit := range byteUnits {
		if bytes%unit.bytes == 0 {
			return strconv.FormatInt(bytes/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(bytes, 10)
}

// canonicalCount is the same of a number of things.
func canonicalCount(n int) string {
	unit := 0
	for n != 0 && n%1000 == 0 && unit < len(countUnits)-1 {
		n, unit = n/1000, unit+1
	}
	return strconv.Itoa(n) + countUnits[unit]
}

// checkBytes gives an amount, or 0 of one that is none.
func checkBytes(errs *fielderr.List, path, text string) int64 {
	bytes, ok := parseBytes(text)
	if !ok {
		errs.Invalid(path, text, `must be an amount such as "512Mi" or "2Gi"`)
	}
	return bytes
}
