package nearest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheNearestNameIsFoundIfItIsNear(t *testing.T) {
	known := []string{"lb-https", "lb-multi-az", "sqs-encrypted"}
	for name, want := range map[string]string{"lb-http": "lb-https", "sqs-encryption": "sqs-encrypted", "lb-https": "lb-https", "zzzz": "", "": ""} {
		assert.Equal(t, want, To(name, known), name)
	}
}
