// Package pattern checks event patterns, the JSON with which SNS, EventBridge and Lambda
// choose events. AWS says what is wrong with one only when it is made.
package pattern

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Size is how much a pattern asks of AWS.
type Size struct {
	// Keys is the number of lists.
	Keys int
	// Combinations are the lengths of all lists, multiplied.
	Combinations int
}

// Check says what is wrong with a pattern: an object whose values are lists of what
// matches, or objects like it if it may be nested.
func Check(text string, nested bool) (Size, error) {
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil || len(object) == 0 {
		return Size{}, errors.New(`must be a JSON object of lists, such as {"kind": ["paid", "sent"]}`)
	}
	size := Size{Combinations: 1}
	err := size.object(object, "", nested)
	return size, err
}

// object goes through the keys in order, so that a pattern has the same complaint always.
func (s *Size) object(object map[string]any, under string, nested bool) error {
	for _, key := range base.SortedKeys(object) {
		path := fielderr.Join(under, fielderr.Key(key))
		var err error
		switch value := object[key].(type) {
		case []any:
			err = s.list(key, value, path, nested)
		case map[string]any:
			if !nested {
				return fmt.Errorf("%s is nested, and must be a list of what matches", path)
			}
			err = s.object(value, path, nested)
		default:
			return fmt.Errorf("%s must be a list of what matches", path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// list is what one key matches, or the objects of $or, of which one must match.
func (s *Size) list(key string, values []any, path string, nested bool) error {
	if len(values) == 0 {
		return fmt.Errorf("the list at %s is empty", path)
	}
	if key != "$or" {
		s.Keys++
		s.Combinations *= len(values)
		return nil
	}
	for _, value := range values {
		choice, object := value.(map[string]any)
		if !object {
			return fmt.Errorf("%s must be a list of objects", path)
		}
		if err := s.object(choice, path, nested); err != nil {
			return err
		}
	}
	return nil
}
