package document

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/rule"
)

func TestAStatementOfASecretDocumentShowsNothing(t *testing.T) {
	type in = map[string]any
	const text = `{"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"]}]}`
	object := func(action any) in { return in{"Statement": in{"Effect": "Allow", "Action": action}} }
	for name, x := range map[string]struct {
		document any
		want     string
	}{
		"text":                         {text, "s3:GetObject, s3:PutObject"},
		"secret text":                  {rule.Secret{Of: text}, "[secret]"},
		"object":                       {object("s3:GetObject"), "s3:GetObject"},
		"object with something secret": {object(rule.Secret{Of: "s3:GetObject"}), "[secret]"},
	} {
		statements, bad := Parse(rule.Of(x.document))
		require.Equal(t, rule.Verdict{}, bad, name)
		require.Len(t, statements, 1, name)
		assert.Equal(t, x.want, statements[0].Show(statements[0].Actions...), name)
	}
}
