package plans

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// arns are the types that AWS Backup knows, with what their ARNs are made of: a service,
// the kind of resource it is there, and the property with its name.
var arns = map[string]struct{ service, kind, name string }{
	"aws:rds/instance:Instance":                   {"rds", "db:", "identifier"},
	"aws:rds/cluster:Cluster":                     {"rds", "cluster:", "clusterIdentifier"},
	"aws:docdb/cluster:Cluster":                   {"rds", "cluster:", "clusterIdentifier"},
	"aws:neptune/cluster:Cluster":                 {"rds", "cluster:", "clusterIdentifier"},
	"aws:redshift/cluster:Cluster":                {"redshift", "cluster:", "clusterIdentifier"},
	"aws:dynamodb/table:Table":                    {"dynamodb", "table/", "name"},
	"aws:s3/bucket:Bucket":                        {service: "s3", name: "bucket"},
	"aws:ebs/volume:Volume":                       {service: "ec2", kind: "volume/"},
	"aws:efs/fileSystem:FileSystem":               {service: "elasticfilesystem", kind: "file-system/"},
	"aws:fsx/windowsFileSystem:WindowsFileSystem": {service: "fsx", kind: "file-system/"},
	"aws:fsx/openZfsFileSystem:OpenZfsFileSystem": {service: "fsx", kind: "file-system/"},
	"aws:fsx/lustreFileSystem:LustreFileSystem":   {service: "fsx", kind: "file-system/"},
	"aws:fsx/ontapVolume:OntapVolume":             {service: "fsx", kind: "volume/"}, // it takes them one by one
}

// arnOf is a store's ARN, with unknown parts before it exists.
func arnOf(r *rule.Resource) string {
	if arn, _ := r.Out("arn").Text(); arn != "" {
		return arn
	}
	is := arns[r.Type]
	name, _ := r.Get(is.name).Text()
	if name == "" {
		name = string(unknown)
	}
	partition, region := "aws", r.Region()
	switch {
	case region == "":
		partition, region = string(unknown), string(unknown)
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	account := string(unknown)
	if is.service == "s3" {
		region, account = "", "" // a name is taken once in all of them
	}
	return strings.Join([]string{"arn", partition, is.service, region, account, is.kind + name}, ":")
}

// unknown stands in a text for a part that is not known, and has no colon.
const unknown = '\x00'

// matches reports whether a pattern in which * stands for anything matches a text, whatever
// its unknown parts are; or, perhaps, for some that they may be.
func matches(pattern, text string, perhaps bool) bool {
	after := make([]bool, len(text)+1) // after[j]: the pattern from its next byte on matches text[j:]
	for i := len(pattern); i >= 0; i-- {
		now := make([]bool, len(text)+1)
		for j := len(text); j >= 0; j-- {
			switch {
			case i == len(pattern) && j == len(text):
				now[j] = true
			case i < len(pattern) && pattern[i] == '*':
				now[j] = after[j] || j < len(text) && now[j+1]
			case perhaps && j < len(text) && text[j] == unknown:
				now[j] = now[j+1] || i < len(pattern) && pattern[i] != ':' && after[j]
			case i < len(pattern) && j < len(text):
				now[j] = pattern[i] == text[j] && after[j+1]
			}
		}
		after = now
	}
	return after[0]
}
