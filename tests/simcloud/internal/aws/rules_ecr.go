package aws

import (
	"slices"
	"strings"
)

const (
	docECR            = "Amazon ECR API Reference: CreateRepository"
	docImageLifecycle = "Amazon ECR User Guide: Lifecycle policy properties"
	docImageTemplate  = "Amazon ECR User Guide: Creating a repository creation template in Amazon ECR"
	docPullThrough    = "Amazon ECR User Guide: Creating a pull through cache rule in Amazon ECR"
)

// repositories are what is a repository, and what one is made after.
const repositories = "ecr.repository ecr.repositoryCreationTemplate"

var (
	repositoryName = form(`([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*`)
	cachePrefix    = form(`([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*/?|ROOT`)
)

var ecrRules = slices.Concat(repositoryRules, pullThroughRules, imageTemplateRules)

// withSecret are the registries that need a login, withoutSecret the public ones.
const (
	withSecret    = "registry-1.docker.io ghcr.io registry.gitlab.com cgr.dev"
	withoutSecret = "public.ecr.aws registry.k8s.io quay.io"
)

var repositoryRules = []Rule{
	{ID: "ecr-name", Code: badParameter, Source: docECR, Kinds: "ecr.repository", On: Create, Check: func(r *Request) string {
		if name := r.New.Str("name"); len(name) < 2 || len(name) > 256 || !repositoryName.MatchString(name) {
			return say("Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression' (%s)", name)
		}
		return ""
	}},
	{ID: "ecr-name-taken", Code: "RepositoryAlreadyExistsException", Source: docECR, Kinds: "ecr.repository", On: Create, Check: func(r *Request) string {
		if r.Find("ecr.repository", r.New.Str("name")) != nil {
			return say("The repository with name '%s' already exists in the registry with id '%s'", r.New.Str("name"), r.Account)
		}
		return ""
	}},
	{ID: "ecr-mutability", Code: badParameter, Source: "Amazon ECR User Guide: Preventing image tags from being overwritten in Amazon ECR", Kinds: repositories, On: Write, Check: func(r *Request) string {
		if m := r.New.Str("imageTagMutability"); m != "" && !oneOf(m, "MUTABLE IMMUTABLE MUTABLE_WITH_EXCLUSION IMMUTABLE_WITH_EXCLUSION") {
			return say("Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'must be MUTABLE or IMMUTABLE' (%s)", m)
		}
		return ""
	}},
	{ID: "ecr-encryption", Code: badParameter, Source: "Amazon ECR User Guide: Encryption at rest", Kinds: repositories, On: Write, Check: func(r *Request) string {
		for _, e := range r.New.Objs("encryptionConfigurations") {
			kind := e.Str("encryptionType")
			switch {
			case kind != "" && !oneOf(kind, "AES256 KMS KMS_DSSE"):
				return say("Encryption type '%s' is not one of AES256, KMS, KMS_DSSE", kind)
			case e.Has("kmsKey") && (kind == "" || kind == "AES256"):
				return "A KMS key can only be specified with the encryption type KMS or KMS_DSSE"
			}
		}
		return ""
	}},
	{ID: "ecr-key", Code: "KmsException", Source: "Amazon ECR User Guide: Encryption at rest", Kinds: "ecr.repository", On: Create, Check: func(r *Request) string {
		for _, e := range r.New.Objs("encryptionConfigurations") {
			if wrong := r.keyMissing(e.Str("kmsKey")); wrong != "" {
				return wrong
			}
		}
		return ""
	}},
	{ID: "ecr-not-empty", Code: "RepositoryNotEmptyException", Source: "Amazon ECR API Reference: DeleteRepository", Kinds: "ecr.repository", On: Delete, Check: func(r *Request) string {
		if !r.Old.Bool("forceDelete") && r.By("ecr.image", "repositoryName", r.ID) != nil {
			return say("The repository with name '%s' in registry with id '%s' cannot be deleted because it still contains images", r.ID, r.Account)
		}
		return ""
	}},
	exists("ecr.lifecyclePolicy", "repository", "ecr.repository", "id", "RepositoryNotFoundException", docImageLifecycle),
	exists("ecr.repositoryPolicy", "repository", "ecr.repository", "id", "RepositoryNotFoundException", "Amazon ECR API Reference: SetRepositoryPolicy"),
	{ID: "ecr-lifecycle", Code: badParameter, Source: docImageLifecycle, Kinds: "ecr.lifecyclePolicy", On: Write, Check: func(r *Request) string {
		if wrong := lifecycleProblem(r.New.Get("policy")); wrong != "" {
			return "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: " + wrong + "'"
		}
		return ""
	}},
	{ID: "ecr-policy", Code: badParameter, Source: "Amazon ECR User Guide: Private repository policies in Amazon ECR", Kinds: "ecr.repositoryPolicy", On: Write, Check: func(r *Request) string {
		// A repository's policy names no resource: it is the repository.
		if wrong := policyProblem(text(r.New.Get("policy")), trustPolicy); wrong != "" {
			return "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided' " + wrong
		}
		return ""
	}},
}

var pullThroughRules = []Rule{
	{ID: "ecr-cache-prefix", Code: badParameter, Source: docPullThrough, Kinds: "ecr.pullThroughCacheRule", On: Create, Check: func(r *Request) string {
		if p := r.New.Str("ecrRepositoryPrefix"); len(p) < 2 || len(p) > 30 || !cachePrefix.MatchString(p) {
			return say("Invalid parameter at 'ecrRepositoryPrefix' failed to satisfy constraint: between 2 and 30 characters of a repository name (%s)", p)
		}
		return ""
	}},
	{ID: "ecr-cache-taken", Code: "PullThroughCacheRuleAlreadyExistsException", Source: docPullThrough, Kinds: "ecr.pullThroughCacheRule", On: Create, Check: func(r *Request) string {
		if r.By("ecr.pullThroughCacheRule", "ecrRepositoryPrefix", r.New.Str("ecrRepositoryPrefix")) != nil {
			return say("A pull through cache rule with the prefix %s already exists", r.New.Str("ecrRepositoryPrefix"))
		}
		return ""
	}},
	{ID: "ecr-cache-upstream", Code: "UnsupportedUpstreamRegistryException", Source: docPullThrough, Kinds: "ecr.pullThroughCacheRule", On: Create, Check: func(r *Request) string {
		u := r.New.Str("upstreamRegistryUrl")
		if !oneOf(u, withSecret+" "+withoutSecret) && !strings.HasSuffix(u, ".azurecr.io") && !strings.Contains(u, ".dkr.ecr.") {
			return say("The upstream registry %s is not supported", u)
		}
		return ""
	}},
	{ID: "ecr-cache-secret", Code: badParameter, Source: docPullThrough, Kinds: "ecr.pullThroughCacheRule", On: Write, Check: func(r *Request) string {
		u, secret := r.New.Str("upstreamRegistryUrl"), r.New.Str("credentialArn")
		switch {
		case secret == "" && (oneOf(u, withSecret) || strings.HasSuffix(u, ".azurecr.io")):
			return say("The upstream registry %s needs the ARN of a secret with its credentials", u)
		case secret != "" && !strings.Contains(secret, ":secret:ecr-pullthroughcache/"):
			return say("The name of the secret %s must begin with ecr-pullthroughcache/", secret)
		}
		return ""
	}},
}

var imageTemplateRules = []Rule{
	{ID: "ecr-template-prefix", Code: badParameter, Source: docImageTemplate, Kinds: "ecr.repositoryCreationTemplate", On: Create, Check: func(r *Request) string {
		if p := r.New.Str("prefix"); len(p) > 256 || !cachePrefix.MatchString(p) {
			return say("Invalid parameter at 'prefix' failed to satisfy constraint: up to 256 characters of a repository name, or ROOT (%s)", p)
		}
		return ""
	}},
	{ID: "ecr-template-taken", Code: "TemplateAlreadyExistsException", Source: docImageTemplate, Kinds: "ecr.repositoryCreationTemplate", On: Create, Check: func(r *Request) string {
		if r.By("ecr.repositoryCreationTemplate", "prefix", r.New.Str("prefix")) != nil {
			return say("A repository creation template with the prefix %s already exists", r.New.Str("prefix"))
		}
		return ""
	}},
	{ID: "ecr-template-use", Code: badParameter, Source: docImageTemplate, Kinds: "ecr.repositoryCreationTemplate", On: Write, Check: func(r *Request) string {
		uses := r.New.Strs("appliedFors")
		if len(uses) == 0 || slices.ContainsFunc(uses, func(use string) bool { return !oneOf(use, "PULL_THROUGH_CACHE REPLICATION") }) {
			return say("Invalid parameter at 'appliedFor' failed to satisfy constraint: one or both of PULL_THROUGH_CACHE and REPLICATION (%s)", uses)
		}
		return ""
	}},
	{ID: "ecr-template-role", Code: badParameter, Source: docImageTemplate, Kinds: "ecr.repositoryCreationTemplate", On: Write, Check: func(r *Request) string {
		keyed := slices.ContainsFunc(r.New.Objs("encryptionConfigurations"), func(e Obj) bool { return strings.HasPrefix(e.Str("encryptionType"), "KMS") })
		if (keyed || len(r.New.Obj("resourceTags")) > 0) && !r.New.Has("customRoleArn") {
			return "A custom role is required for a template with KMS encryption or resource tags"
		}
		return ""
	}},
	{ID: "ecr-template-lifecycle", Code: badParameter, Source: docImageLifecycle, Kinds: "ecr.repositoryCreationTemplate", On: Write, Check: func(r *Request) string {
		if !r.New.Has("lifecyclePolicy") {
			return ""
		}
		if wrong := lifecycleProblem(r.New.Get("lifecyclePolicy")); wrong != "" {
			return "Invalid parameter at 'lifecyclePolicy' failed to satisfy constraint: 'Lifecycle policy validation failure: " + wrong + "'"
		}
		return ""
	}},
}

// lifecycleProblem says what is wrong with a repository's lifecycle policy.
func lifecycleProblem(v any) string {
	doc, ok := document(v)
	rules := doc.Objs("rules")
	if !ok || len(rules) == 0 {
		return "it must be a JSON object with rules"
	}
	seen, last, open := map[int]bool{}, 0, 0
	for _, rule := range rules {
		priority, s := rule.Int("rulePriority"), rule.Obj("selection")
		tags := len(s.Strs("tagPrefixList")) + len(s.Strs("tagPatternList"))
		status, count := s.Str("tagStatus"), s.Str("countType")
		last = max(last, priority)
		if status == "any" {
			open = priority
		}
		switch {
		case priority < 1 || seen[priority]:
			return say("the rule priority %d must be positive and unique", priority)
		case !oneOf(status, "tagged untagged any"):
			return say("the tag status '%s' is not one of tagged, untagged, any", status)
		case status == "tagged" && tags == 0:
			return "a rule for tagged images needs tagPrefixList or tagPatternList"
		case status != "tagged" && tags > 0:
			return say("a rule for %s images takes no list of tags", status)
		case !oneOf(count, "imageCountMoreThan sinceImagePushed"):
			return say("the count type '%s' is not one of imageCountMoreThan, sinceImagePushed", count)
		case (count == "sinceImagePushed") != (s.Str("countUnit") == "days"):
			return "countUnit must be days with sinceImagePushed and absent otherwise"
		case s.Int("countNumber") < 1:
			return say("the count number %d must be positive", s.Int("countNumber"))
		case rule.Str("action.type") != "expire":
			return say("the action '%s' must be expire", rule.Str("action.type"))
		}
		seen[priority] = true
	}
	if open > 0 && open != last {
		return "the rule for any image must have the highest priority number"
	}
	return ""
}
