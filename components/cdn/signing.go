package cdn

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// SigningKeyArgs are the public keys of those who sign URLs and cookies for private paths,
// together: a key group. A key is replaced, without a signed URL that fails, in three
// deploys: add the new one, let the signers use its KeyPairIds, and take out the old one
// when what it has signed has expired.
type SigningKeyArgs struct {
	// PublicKeys are PEM texts, each an RSA key of 2048 bits or an ECDSA key on P-256, by
	// names of letters, digits and underscores, such as a year; 1 to 5. A text that changes
	// makes another public key, and what the old one has signed is worth nothing.
	PublicKeys map[string]string `pulumi:"publicKeys"`
	// Comment says who signs, at most 128 characters. Default: none.
	Comment string `pulumi:"comment,optional"`
}

const (
	mostPublicKeys = 5
	signingBits    = 2048
)

// A hyphen ends the group's part of a public key's name.
var publicKeyForm = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

func (k SigningKeyArgs) validate(errs *fielderr.List, key string) {
	if !keyForm.MatchString(key) {
		errs.Invalid("", key, "its key must be lower-case letters, digits and hyphens")
	}
	checkComment(errs, k.Comment)
	if n := len(k.PublicKeys); n == 0 {
		errs.Required("publicKeys")
	} else if n > mostPublicKeys {
		errs.Invalid("publicKeys", n, "must be %d or fewer", mostPublicKeys)
	}
	first := map[string]string{}
	for _, id := range base.SortedKeys(k.PublicKeys) {
		at := errs.At("publicKeys", fielderr.Key(id))
		if !publicKeyForm.MatchString(id) {
			at.Invalid("", id, "its name must be letters, digits and underscores")
		}
		encoded, err := parsePublicKey(k.PublicKeys[id])
		if err != nil {
			at.Add("", "%v", err)
		} else if other, twice := first[encoded]; twice {
			at.Add("", "is the same key as %s", other)
		} else {
			first[encoded] = id
		}
	}
}

// parsePublicKey gives a public key's PEM text as CloudFront gives it back, with a newline
// at its end: any other text would be a change for ever.
func parsePublicKey(text string) (string, error) {
	block, rest := pem.Decode([]byte(text))
	switch {
	case block == nil:
		return "", errors.New(`must be a PEM text, which begins with "-----BEGIN PUBLIC KEY-----"`)
	case block.Type != "PUBLIC KEY":
		return "", fmt.Errorf("is a PEM text with a %s: must be a PUBLIC KEY, as `openssl pkey -pubout` writes it", block.Type)
	case len(bytes.TrimSpace(rest)) > 0:
		return "", errors.New("must be one PEM text, with nothing after it")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "", errors.New("has no public key that can be read in its PEM text")
	}
	switch k := key.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits != signingBits {
			return "", fmt.Errorf("is an RSA key of %d bits: must be %d", bits, signingBits)
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return "", fmt.Errorf("is an ECDSA key on %s: must be P-256", k.Curve.Params().Name)
		}
	default:
		return "", errors.New("must be an RSA key of 2048 bits or an ECDSA key on P-256")
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})), nil
}

// newSigningKeys gives the key groups' ids by key. A group lets go of a public key before
// it is deleted, and has a new one before that.
func (d *Distribution) newSigningKeys(ctx *pulumi.Context, _ string, a *DistributionArgs) (map[string]pulumi.StringOutput, error) {
	d.PublicKeys = map[string]map[string]*cloudfront.PublicKey{}
	groups, ids := map[string]pulumi.StringOutput{}, pulumi.StringMap{}
	for _, key := range base.SortedKeys(a.SigningKeys) {
		k, child := a.SigningKeys[key], d.child("key-group", key)
		d.PublicKeys[key] = map[string]*cloudfront.PublicKey{}
		items := pulumi.StringArray{}
		for _, id := range base.SortedKeys(k.PublicKeys) {
			public, err := d.newPublicKey(ctx, d.child("public-key", key, id), k.PublicKeys[id])
			if err != nil {
				return nil, err
			}
			d.PublicKeys[key][id], ids[key+"/"+id] = public, public.ID().ToStringOutput()
			items = append(items, public.ID().ToStringOutput())
		}
		group, err := cloudfront.NewKeyGroup(ctx, child, &cloudfront.KeyGroupArgs{Items: items, Comment: optionalText(k.Comment)}, pulumi.Parent(d))
		if err != nil {
			return nil, fmt.Errorf("create key group %s: %w", child, err)
		}
		groups[key] = group.ID().ToStringOutput()
	}
	d.KeyPairIds = ids.ToStringMapOutput()
	return groups, nil
}

func (d *Distribution) newPublicKey(ctx *pulumi.Context, child, text string) (*cloudfront.PublicKey, error) {
	encoded, err := parsePublicKey(text)
	if err != nil {
		return nil, fmt.Errorf("read public key %s: %w", child, err)
	}
	public, err := cloudfront.NewPublicKey(ctx, child, &cloudfront.PublicKeyArgs{EncodedKey: pulumi.String(encoded)}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("create public key %s: %w", child, err)
	}
	return public, nil
}
