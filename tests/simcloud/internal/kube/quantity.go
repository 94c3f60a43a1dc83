package kube

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// quantity is an amount such as 500m or 1Gi. It remembers the family of its suffix, since that is how it is written back.
type quantity struct {
	amount *big.Rat
	binary bool
}

var (
	quantityForm  = regexp.MustCompile(`^([+-]?[0-9.]+)([eE][+-]?[0-9]+|[eEinumkKMGTP]*[i]?)$`)
	errQuantity   = errors.New("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
	errSuffix     = errors.New("unable to parse quantity's suffix")
	decimalUnits  = []string{"n", "u", "m", "", "k", "M", "G", "T", "P", "E"}
	binaryUnits   = []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
	decimalOffset = -3
)

func parseQuantity(v any) (quantity, error) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return quantity{}, errQuantity
	}
	m := quantityForm.FindStringSubmatch(text)
	if m == nil {
		return quantity{}, errQuantity
	}
	amount, ok := new(big.Rat).SetString(m[1])
	if !ok {
		return quantity{}, errQuantity
	}
	suffix := m[2]
	for i, unit := range decimalUnits {
		if suffix == unit {
			return quantity{amount: amount.Mul(amount, power(10, 3*(i+decimalOffset)))}, nil
		}
	}
	for i, unit := range binaryUnits {
		if suffix == unit {
			return quantity{amount: amount.Mul(amount, power(2, 10*i)), binary: true}, nil
		}
	}
	if exponent, err := strconv.Atoi(strings.TrimLeft(suffix, "eE")); err == nil && (suffix[0] == 'e' || suffix[0] == 'E') && exponent > -30 && exponent < 30 {
		return quantity{amount: amount.Mul(amount, power(10, exponent))}, nil
	}
	return quantity{}, errSuffix
}

func power(base int64, exponent int) *big.Rat {
	abs := exponent
	if abs < 0 {
		abs = -abs
	}
	p := new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(abs)), nil)
	if exponent < 0 {
		return new(big.Rat).SetFrac(big.NewInt(1), p)
	}
	return new(big.Rat).SetInt(p)
}

// String writes the quantity in its canonical form: the largest suffix that leaves a whole number.
func (q quantity) String() string {
	if q.amount.Sign() == 0 {
		return "0"
	}
	units, base, step, offset := decimalUnits, int64(10), 3, decimalOffset
	if q.binary && q.amount.IsInt() && new(big.Rat).Abs(q.amount).Cmp(big.NewRat(1024, 1)) >= 0 {
		units, base, step, offset = binaryUnits, 2, 10, 0
	}
	for i := len(units) - 1; i >= 0; i-- {
		scaled := new(big.Rat).Quo(q.amount, power(base, step*(i+offset)))
		if scaled.IsInt() {
			return scaled.RatString() + units[i]
		}
	}
	// Finer than a billionth: rounded up, as the API server does.
	scaled := new(big.Rat).Quo(q.amount, power(10, -9))
	up := new(big.Int).Add(new(big.Int).Quo(scaled.Num(), scaled.Denom()), big.NewInt(1))
	return fmt.Sprintf("%sn", up)
}

func (q quantity) less(o quantity) bool { return q.amount.Cmp(o.amount) < 0 }

func (q quantity) sign() int { return q.amount.Sign() }
