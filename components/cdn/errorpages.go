package cdn

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// ErrorPageArgs are what viewers get in place of an error.
type ErrorPageArgs struct {
	// Page is a path, such as "/errors/404.html", which is looked for in Paths like any
	// other. Default: the origin's own page.
	Page string `pulumi:"page,optional"`
	// Status is the status that comes with Page. Default: the error's.
	Status int `pulumi:"status,optional"`
	// CacheSeconds is for how long the origin is not asked again. Default: 10.
	CacheSeconds *int `pulumi:"cacheSeconds,optional"`
}

// missing is the status of an object that is not there, to whoever may list the bucket. S3
// says 403 to others, which also is what a web ACL, Geo and Signers say.
const missing = "404"

var errorForm = regexp.MustCompile(`^(40[0345]|41[46]|50[0-4])$`)

// errorPages are all error pages, those that SinglePageApp stands for among them.
func (a *DistributionArgs) errorPages() map[string]ErrorPageArgs {
	pages := base.Merge(a.ErrorPages)
	if a.SinglePageApp {
		pages[missing] = ErrorPageArgs{Page: "/" + a.RootObject, Status: 200}
	}
	return pages
}

// tellsMissing reports whether own buckets let the distribution list them, so that it learns
// what is missing. Without RootObject, "/" would be the list.
func (a *DistributionArgs) tellsMissing() bool {
	return a.RootObject != "" && has(a.errorPages(), missing)
}

func (a *DistributionArgs) validateErrorPages(errs *fielderr.List) {
	for status, page := range a.ErrorPages {
		page.validate(errs.At("errorPages", fielderr.Key(status)), status)
	}
	if !a.SinglePageApp {
		return
	}
	if a.RootObject == "" {
		errs.Add("rootObject", "is required with singlePageApp: it is the page")
	}
	if has(a.ErrorPages, missing) {
		errs.Conflict(fielderr.Join("errorPages", missing), "singlePageApp", "it answers that status")
	}
	for _, key := range base.SortedKeys(a.Origins) {
		if of := a.Origins[key].kind(); of != bucket {
			errs.Invalid("singlePageApp", true, "would hide the errors of %s, a %s: rewrite paths with a function of the bucket's path instead", key, of)
		}
	}
}

func (p ErrorPageArgs) validate(errs *fielderr.List, status string) {
	if !errorForm.MatchString(status) {
		errs.Invalid("", status, "must be 400, 403, 404, 405, 414, 416 or 500 to 504")
	}
	switch {
	case p.Page == "" && p.Status != 0:
		errs.Add("page", "is required with status")
	case p.Page != "" && !strings.HasPrefix(p.Page, "/"):
		errs.Invalid("page", p.Page, "must begin with /")
	}
	if p.Status != 0 && !errorForm.MatchString(strconv.Itoa(p.Status)) && p.Status != 200 {
		errs.Invalid("status", p.Status, "must be 200, 400, 403, 404, 405, 414, 416 or 500 to 504")
	}
	if p.CacheSeconds != nil && *p.CacheSeconds < 0 {
		errs.Invalid("cacheSeconds", *p.CacheSeconds, "must be 0 or more")
	}
}

func (a *DistributionArgs) errorResponses() cloudfront.DistributionCustomErrorResponseArrayInput {
	pages := a.errorPages()
	if len(pages) == 0 {
		return nil
	}
	var list cloudfront.DistributionCustomErrorResponseArray
	for _, status := range base.SortedKeys(pages) {
		list = append(list, pages[status].response(status))
	}
	return list
}

// response is for a status that is a number, as validate has seen.
func (p ErrorPageArgs) response(status string) cloudfront.DistributionCustomErrorResponseArgs {
	code, _ := strconv.Atoi(status)
	r := cloudfront.DistributionCustomErrorResponseArgs{ErrorCode: pulumi.Int(code), ErrorCachingMinTtl: pulumi.Int(10)}
	if p.CacheSeconds != nil {
		r.ErrorCachingMinTtl = pulumi.Int(*p.CacheSeconds)
	}
	if p.Page != "" {
		r.ResponsePagePath, r.ResponseCode = pulumi.String(p.Page), pulumi.Int(cmp.Or(p.Status, code))
	}
	return r
}
