package table

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

var (
	formats      = map[Format]string{DynamoDbJson: "DYNAMODB_JSON", Ion: "ION", Csv: "CSV"}
	compressions = map[Compression]string{NoCompression: "NONE", Gzip: "GZIP", Zstd: "ZSTD"}
)

func (r *RestoreArgs) into(args *dynamodb.TableArgs) {
	if r == nil {
		return
	}
	if r.SourceTableName != nil {
		args.RestoreSourceName = r.SourceTableName.ToStringOutput().ToStringPtrOutput()
	} else {
		args.RestoreSourceTableArn = r.SourceTableArn.ToStringOutput().ToStringPtrOutput()
	}
	if r.Time == "" {
		args.RestoreToLatestTime = pulumi.Bool(true)
	} else {
		args.RestoreDateTime = pulumi.String(r.Time)
	}
}

func (i *ImportArgs) into(args *dynamodb.TableArgs) {
	if i == nil {
		return
	}
	source := dynamodb.TableImportTableS3BucketSourceArgs{Bucket: i.Bucket}
	if i.BucketOwner != "" {
		source.BucketOwner = pulumi.String(i.BucketOwner)
	}
	if i.KeyPrefix != "" {
		source.KeyPrefix = pulumi.String(i.KeyPrefix)
	}
	files := dynamodb.TableImportTableArgs{
		InputFormat: pulumi.String(formats[i.Format]), InputCompressionType: pulumi.String(compressions[i.Compression]), S3BucketSource: source,
	}
	if i.CsvDelimiter != "" || len(i.CsvHeaders) > 0 {
		csv := dynamodb.TableImportTableInputFormatOptionsCsvArgs{HeaderLists: pulumi.ToStringArray(i.CsvHeaders)}
		if i.CsvDelimiter != "" {
			csv.Delimiter = pulumi.String(i.CsvDelimiter)
		}
		files.InputFormatOptions = dynamodb.TableImportTableInputFormatOptionsArgs{Csv: csv}
	}
	args.ImportTable = files
}
