package table

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	mostGlobalIndexes = 20
	mostLocalIndexes  = 5
	// mostProjected is the most attributes that Include names in all indexes together, and
	// mostIncluded in one.
	mostProjected = 100
	mostIncluded  = 20
	longestKey    = 255
	// suffixed is what the engine appends to a name that it makes.
	suffixed = len("-table-1234567")
)

var (
	delimiters = []string{",", "\t", ":", ";", "|", " "}
	nameForm   = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)
)

func (a *TableArgs) validate(name string) error {
	var errs fielderr.List
	if a.Name != "" {
		checkName(&errs, "name", a.Name)
	} else if !nameForm.MatchString(name) || len(name)+suffixed > 255 {
		errs.Invalid("name", name, "must be 3 to %d letters, digits, hyphens, underscores and dots, unless the table is given another name", 255-suffixed)
	}
	datastore.CheckRegion(&errs, a.Region)
	switch {
	case a.KmsKeyArn != nil && a.AwsManagedKey:
		errs.Conflict("awsManagedKey", "kmsKeyArn", "data is encrypted with one key")
	case a.KmsKeyArn == nil && !a.AwsManagedKey:
		errs.Add("kmsKeyArn", "is required, unless awsManagedKey is true: what AWS's own key encrypts cannot be shared with another account")
	}
	a.validateKeys(&errs)
	a.validateIndexes(&errs)
	a.validateCapacity(&errs)
	if _, known := classes[a.Class]; !known {
		errs.Unsupported("class", a.Class, string(StandardClass), string(InfrequentAccess))
	}
	datastore.Between(&errs, "recoveryDays", *a.RecoveryDays, 0, 35)
	if _, known := streams[a.Stream]; !known && a.Stream != "" {
		errs.Unsupported("stream", a.Stream, string(StreamKeys), string(StreamNew), string(StreamOld), string(StreamNewAndOld))
	}
	a.validateTtl(&errs)
	a.validateBeginning(&errs)
	a.validateReplicas(&errs)
	a.Alarms.validate(errs.At("alarms"))
	return errs.Err(fmt.Sprintf("table.Table %q", name))
}

func checkName(errs *fielderr.List, path, value string) {
	if !nameForm.MatchString(value) {
		errs.Invalid(path, value, "must be 3 to 255 letters, digits, hyphens, underscores and dots")
	}
}

func (a *TableArgs) validateKeys(errs *fielderr.List) {
	checkPair(errs, a.HashKey, a.RangeKey)
	keys := a.keys()
	for _, attribute := range base.SortedKeys(a.Attributes) {
		path := fielderr.Join("attributes", fielderr.Key(attribute))
		if _, known := attributeTypes[a.Attributes[attribute]]; !known {
			errs.Unsupported(path, a.Attributes[attribute], string(String), string(Number), string(Binary))
		}
		if !keys[attribute] {
			errs.Add(path, "is no key of the table or of an index; other attributes need no type")
		}
		if len(attribute) > longestKey {
			errs.Add(path, "has %d characters; a key attribute has at most %d", len(attribute), longestKey)
		}
	}
}

func (a *TableArgs) validateIndexes(errs *fielderr.List) {
	if n := len(a.GlobalIndexes); n > mostGlobalIndexes {
		errs.Invalid("globalIndexes", n, "a table has at most %d", mostGlobalIndexes)
	}
	if n := len(a.LocalIndexes); n > mostLocalIndexes {
		errs.Invalid("localIndexes", n, "a table has at most %d", mostLocalIndexes)
	}
	if len(a.LocalIndexes) > 0 && a.RangeKey == "" {
		errs.Add("localIndexes", "need a rangeKey: a local index orders the items of one hash key in another way")
	}
	projected := 0
	for _, name := range base.SortedKeys(a.GlobalIndexes) {
		index, at := a.GlobalIndexes[name], errs.At("globalIndexes", fielderr.Key(name))
		checkName(at, "", name)
		checkPair(at, index.HashKey, index.RangeKey)
		checkProjection(at, index.Projection, index.Attributes)
		projected += len(index.Attributes)
	}
	for _, name := range base.SortedKeys(a.LocalIndexes) {
		index, at := a.LocalIndexes[name], errs.At("localIndexes", fielderr.Key(name))
		checkName(at, "", name)
		if _, taken := a.GlobalIndexes[name]; taken {
			at.Add("", "a global index has that name")
		}
		switch index.RangeKey {
		case "":
			at.Required("rangeKey")
		case a.HashKey:
			at.Invalid("rangeKey", index.RangeKey, "is the hash key already")
		}
		checkProjection(at, index.Projection, index.Attributes)
		projected += len(index.Attributes)
	}
	if projected > mostProjected {
		errs.Add("globalIndexes", "all indexes together include %d attributes; at most %d are allowed", projected, mostProjected)
	}
}

func checkPair(errs *fielderr.List, hash, sort string) {
	switch hash {
	case "":
		errs.Required("hashKey")
	case sort:
		errs.Invalid("rangeKey", sort, "is the hash key already")
	}
}

func checkProjection(errs *fielderr.List, projection Projection, attributes []string) {
	if _, known := projections[projection]; !known {
		errs.Unsupported("projection", projection, string(AllAttributes), string(KeysOnly), string(Include))
		return
	}
	if projection == Include && len(attributes) == 0 {
		errs.Required("attributes")
	}
	if len(attributes) > mostIncluded {
		errs.Invalid("attributes", len(attributes), "an index includes at most %d", mostIncluded)
	}
	if projection != Include && len(attributes) > 0 {
		errs.Conflict("attributes", "projection", "only Include names attributes")
	}
}

func (a *TableArgs) validateTtl(errs *fielderr.List) {
	if a.Ttl == nil {
		return
	}
	switch ttl, at := a.Ttl.Attribute, errs.At("ttl"); {
	case ttl == "":
		at.Required("attribute")
	case ttl == a.HashKey || ttl == a.RangeKey:
		at.Invalid("attribute", ttl, "is a key of the table, which cannot expire")
	case a.keys()[ttl] && a.Attributes[ttl] != Number:
		at.Invalid("attribute", ttl, "must be a Number: it holds seconds")
	}
}

func (a *TableArgs) validateBeginning(errs *fielderr.List) {
	if a.Restore != nil && a.Import != nil {
		errs.Conflict("import", "restore", "a table begins with one of them")
	}
	for path, begins := range map[string]bool{"restore": a.Restore != nil, "import": a.Import != nil} {
		switch {
		case !begins:
		case len(a.Replicas) > 0:
			errs.Conflict("replicas", path, "AWS makes the table without the stream that they need; take "+path+" out and add them in a second update")
		case a.Stream != "":
			errs.Conflict("stream", path, "AWS makes the table without one; take "+path+" out and add it in a second update")
		}
	}
	if a.Import != nil && len(a.LocalIndexes) > 0 {
		errs.Conflict("localIndexes", "import", "AWS imports into a table without any, and they cannot be added later")
	}
	if r, at := a.Restore, errs.At("restore"); r != nil {
		switch {
		case r.SourceTableName == nil && r.SourceTableArn == nil:
			at.Add("", "needs sourceTableName or sourceTableArn")
		case r.SourceTableName != nil && r.SourceTableArn != nil:
			at.Conflict("sourceTableArn", "sourceTableName", "there is one source")
		}
		if _, err := time.Parse("2006-01-02T15:04:05Z", r.Time); r.Time != "" && err != nil {
			at.Invalid("time", r.Time, `must be a time such as "2025-06-01T12:00:00Z", UTC`)
		}
	}
	i, at := a.Import, errs.At("import")
	if i == nil {
		return
	}
	if i.Bucket == nil {
		at.Required("bucket")
	}
	if i.BucketOwner != "" && !datastore.IsAccount(i.BucketOwner) {
		at.Invalid("bucketOwner", i.BucketOwner, "must be twelve digits")
	}
	if _, known := formats[i.Format]; !known {
		at.Unsupported("format", i.Format, string(DynamoDbJson), string(Ion), string(Csv))
	}
	if _, known := compressions[i.Compression]; !known {
		at.Unsupported("compression", i.Compression, string(NoCompression), string(Gzip), string(Zstd))
	}
	if i.Format != Csv && (i.CsvDelimiter != "" || len(i.CsvHeaders) > 0) {
		at.Invalid("format", i.Format, "must be Csv with csvDelimiter or csvHeaders")
	}
	if i.CsvDelimiter != "" && !slices.Contains(delimiters, i.CsvDelimiter) {
		at.Invalid("csvDelimiter", i.CsvDelimiter, "must be a comma, tab, colon, semicolon, bar or space")
	}
}

func (a *TableArgs) validateReplicas(errs *fielderr.List) {
	if len(a.Replicas) == 0 {
		return
	}
	if _, known := streams[a.Stream]; known && a.Stream != StreamNewAndOld {
		errs.Invalid("stream", a.Stream, "must be StreamNewAndOld with replicas")
	}
	if a.Provisioned != nil && !a.Provisioned.Write.scales() {
		errs.Add("replicas", "need on-demand capacity, or provisioned.write.max: AWS wants the writes of replicated tables scaled")
	}
	for _, region := range base.SortedKeys(a.Replicas) {
		replica, at := a.Replicas[region], errs.At("replicas", fielderr.Key(region))
		var form fielderr.List
		datastore.CheckRegion(&form, region)
		switch {
		case form.Err("") != nil:
			at.Add("", "the key must be a region such as eu-central-1")
		case region == a.Region:
			at.Add("", "is the table's own region")
		case iampolicy.Partition(region) != iampolicy.Partition(a.Region):
			at.Add("", "is in another partition than %s", a.Region)
		}
		if replica.Provider == nil {
			at.Required("provider")
		}
		switch {
		case a.KmsKeyArn != nil && replica.KmsKeyArn == nil:
			at.Add("kmsKeyArn", "is required: the table has a key of its own, so each replica needs one of its region")
		case a.KmsKeyArn == nil && replica.KmsKeyArn != nil:
			at.Conflict("kmsKeyArn", "awsManagedKey", "either all copies have AWS's key, or none")
		}
		if arn, plain := replica.KmsKeyArn.(pulumi.String); plain && !strings.Contains(string(arn), ":kms:"+region+":") {
			at.Invalid("kmsKeyArn", string(arn), "must be a key of %s", region)
		}
	}
}
