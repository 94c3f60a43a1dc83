package cdn

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// FunctionArgs are a CloudFront function: JavaScript that runs for each request or
// response, within a millisecond. It changes in place, and CloudFront does not let it be
// deleted while a path uses it.
type FunctionArgs struct {
	// Code is the JavaScript, for the runtime cloudfront-js-2.0, at most 10240 bytes.
	Code string `pulumi:"code"`
	// Comment says what it is for, at most 128 characters. Default: none.
	Comment string `pulumi:"comment,optional"`
	// Draft keeps changes to tests of the function; paths go on with what was published
	// before, and can use none that never was. Default: false, changes are published.
	Draft bool `pulumi:"draft,optional"`
	// KeyValueStore is what the function looks up. Default: none.
	KeyValueStore *KeyValueStoreArgs `pulumi:"keyValueStore,optional"`
}

// KeyValueStoreArgs are a function's own store, which changes without the function. The
// code finds it by `cf.kvs()`, as a function has no more than one.
type KeyValueStoreArgs struct {
	// Comment says what it is for, at most 128 characters. Default: none.
	Comment string `pulumi:"comment,optional"`
	// Values are all that the store holds, by their keys: others are deleted, all of them if
	// it is an empty map. A key has at most 512 bytes, a value 1024. Default: whatever somebody
	// else puts there, and what was here before.
	Values map[string]string `pulumi:"values,optional"`
}

const (
	functionRuntime = "cloudfront-js-2.0"

	longestCode    = 10 * 1024
	longestComment = 128
	longestKey     = 512
	longestValue   = 1024
	largestStore   = 5 * 1024 * 1024
)

// Names of functions and stores have 64 characters, of which the role, the hyphens around
// it and the random end take 18.
var longestFunction = 64 - len("-function-") - len("-0123456")

func (f FunctionArgs) validate(errs *fielderr.List, name, key string) {
	if room := longestFunction - len(name); !keyForm.MatchString(key) || len(key) > room {
		errs.Invalid("", key, "its key must be 1 to %d lower-case letters, digits and hyphens: names of functions are short", room)
	}
	switch {
	case f.Code == "":
		errs.Required("code")
	case len(f.Code) > longestCode:
		errs.Add("code", "has %d bytes: must be %d or fewer; a key-value store holds more", len(f.Code), longestCode)
	}
	checkComment(errs, f.Comment)
	if f.KeyValueStore != nil {
		f.KeyValueStore.validate(errs.At("keyValueStore"))
	}
}

func (s *KeyValueStoreArgs) validate(errs *fielderr.List) {
	checkComment(errs, s.Comment)
	total := 0
	for key, value := range s.Values {
		total += len(key) + len(value)
		at := errs.At("values", fielderr.Key(key))
		if key == "" || len(key) > longestKey {
			at.Add("", "its key has %d bytes: must be 1 to %d", len(key), longestKey)
		}
		if len(value) > longestValue {
			at.Add("", "has %d bytes: must be %d or fewer", len(value), longestValue)
		}
	}
	if total > largestStore {
		errs.Add("values", "have %d bytes with their keys: must be %d or fewer", total, largestStore)
	}
}

// newFunctions gives the functions' ARNs by key. A distribution that uses one waits for it,
// and no longer uses it before it is deleted.
func (d *Distribution) newFunctions(ctx *pulumi.Context, _ string, a *DistributionArgs) (map[string]pulumi.StringOutput, error) {
	d.Functions, d.KeyValueStores = map[string]*cloudfront.Function{}, map[string]*cloudfront.KeyValueStore{}
	functions, stores := map[string]pulumi.StringOutput{}, pulumi.StringMap{}
	for _, key := range base.SortedKeys(a.Functions) {
		f, child := a.Functions[key], d.child("function", key)
		args := &cloudfront.FunctionArgs{
			Runtime: pulumi.String(functionRuntime), Code: pulumi.String(f.Code), Comment: optionalText(f.Comment), Publish: pulumi.Bool(!f.Draft),
		}
		if f.KeyValueStore != nil {
			store, err := d.newKeyValueStore(ctx, key, f.KeyValueStore)
			if err != nil {
				return nil, err
			}
			d.KeyValueStores[key], stores[key] = store, store.Arn
			args.KeyValueStoreAssociations = pulumi.StringArray{store.Arn}
		}
		function, err := cloudfront.NewFunction(ctx, child, args, pulumi.Parent(d))
		if err != nil {
			return nil, fmt.Errorf("create function %s: %w", child, err)
		}
		d.Functions[key], functions[key] = function, function.Arn
	}
	d.KeyValueStoreArns = stores.ToStringMapOutput()
	return functions, nil
}

// newKeyValueStore makes a store, with one resource for all values: CloudFront takes one
// change at a time, and a store's changes come in batches.
func (d *Distribution) newKeyValueStore(ctx *pulumi.Context, key string, s *KeyValueStoreArgs) (*cloudfront.KeyValueStore, error) {
	child := d.child("store", key)
	store, err := cloudfront.NewKeyValueStore(ctx, child, &cloudfront.KeyValueStoreArgs{Comment: optionalText(s.Comment)}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("create key-value store %s: %w", child, err)
	}
	if s.Values == nil { // the provider deletes no value when the resource goes
		return store, nil
	}
	values := cloudfront.KeyvaluestoreKeysExclusiveResourceKeyValuePairArray{}
	for _, k := range base.SortedKeys(s.Values) {
		values = append(values, cloudfront.KeyvaluestoreKeysExclusiveResourceKeyValuePairArgs{
			Key: pulumi.String(k), Value: pulumi.String(s.Values[k]),
		})
	}
	child = d.child("store", key, "values")
	_, err = cloudfront.NewKeyvaluestoreKeysExclusive(ctx, child, &cloudfront.KeyvaluestoreKeysExclusiveArgs{
		KeyValueStoreArn: store.Arn, ResourceKeyValuePairs: values,
	}, pulumi.Parent(d))
	if err != nil {
		return nil, fmt.Errorf("fill key-value store %s: %w", child, err)
	}
	return store, nil
}

// optionalText is a text that is left out when it is empty.
func optionalText(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.String(text)
}

func checkComment(errs *fielderr.List, comment string) {
	if len(comment) > longestComment {
		errs.Invalid("comment", comment, "must be %d characters or fewer", longestComment)
	}
}
