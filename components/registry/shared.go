package registry

import (
	"encoding/json"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
)

// What a principal needs for images that are there, and to log in at the registry.
var (
	pullActions = []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	pushActions = []string{"ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"}
	login       = iampolicy.Statement{Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []pulumi.StringInput{pulumi.String("*")}}
)

// pathForm is what ECR takes for a repository, and for the first part of its name.
var pathForm = regexp.MustCompile(`^([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*$`)

func checkPath(errs *fielderr.List, path, value string, longest int) {
	if !pathForm.MatchString(value) || len(value) < 2 || len(value) > longest {
		errs.Invalid(path, value, "must be 2 to %d small letters and digits, with single dots, hyphens, underscores and slashes between them", longest)
	}
}

func checkExpiry(errs *fielderr.List, keepTagged, untaggedDays int) {
	if keepTagged < 0 {
		errs.Invalid("keepTagged", keepTagged, "must be 0 or more")
	}
	if untaggedDays < 1 {
		errs.Invalid("untaggedDays", untaggedDays, "must be 1 or more")
	}
}

// expiry is the text of a lifecycle policy. AWS keeps rules in the order of their
// priorities; written in another one they would show up as a change for ever.
func expiry(keepTagged, untaggedDays int) string {
	type object = map[string]any
	rules := []object{{
		"rulePriority": 1, "description": "images without a tag", "action": object{"type": "expire"},
		"selection": object{"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": untaggedDays},
	}}
	if keepTagged > 0 {
		rules = append(rules, object{
			"rulePriority": 2, "description": "all but the newest images", "action": object{"type": "expire"},
			"selection": object{"tagStatus": "tagged", "tagPatternList": []string{"*"}, "countType": "imageCountMoreThan", "countNumber": keepTagged},
		})
	}
	text, err := json.Marshal(object{"rules": rules})
	if err != nil { // texts and numbers always marshal
		panic(err)
	}
	return string(text)
}
