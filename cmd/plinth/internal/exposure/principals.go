package exposure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// holder has the policy of a resource, be it its own or that of another one.
type holder struct {
	policy string
	// of is where the resource is named, empty if it is the holder itself.
	of    string
	types []string
	// public says that what is open to everybody has an address on the internet.
	public bool
}

// Type tokens of what has a policy.
const (
	queue  = "aws:sqs/queue:Queue"
	topic  = "aws:sns/topic:Topic"
	secret = "aws:secretsmanager/secret:Secret"
	kmsKey = "aws:kms/key:Key"
	domain = "aws:opensearch/domain:Domain"
)

var holders = map[string]holder{
	bucket: {policy: "policy", public: true}, "aws:s3/bucketPolicy:BucketPolicy": {policy: "policy", of: "bucket", types: []string{bucket}, public: true},
	accessPoint: {policy: "policy", public: true},
	queue:       {policy: "policy"}, "aws:sqs/queuePolicy:QueuePolicy": {policy: "policy", of: "queueUrl", types: []string{queue}},
	topic: {policy: "policy"}, "aws:sns/topicPolicy:TopicPolicy": {policy: "policy", of: "arn", types: []string{topic}},
	secret: {policy: "policy"}, "aws:secretsmanager/secretPolicy:SecretPolicy": {policy: "policy", of: "secretArn", types: []string{secret}},
	kmsKey: {policy: "policy"}, "aws:kms/keyPolicy:KeyPolicy": {policy: "policy", of: "keyId", types: []string{kmsKey}},
	"aws:kms/replicaKey:ReplicaKey": {policy: "policy"}, "aws:kms/externalKey:ExternalKey": {policy: "policy"},
	domain: {policy: "accessPolicies"}, "aws:opensearch/domainPolicy:DomainPolicy": {policy: "accessPolicies", of: "domainName", types: []string{domain}},
	"aws:elasticsearch/domain:Domain":                    {policy: "accessPolicies"},
	"aws:ecr/repositoryPolicy:RepositoryPolicy":          {policy: "policy", of: "repository", types: []string{"aws:ecr/repository:Repository"}},
	"aws:ecr/registryPolicy:RegistryPolicy":              {policy: "policy"},
	"aws:ecrpublic/repositoryPolicy:RepositoryPolicy":    {policy: "policy", of: "repositoryName", types: []string{"aws:ecrpublic/repository:Repository"}},
	"aws:efs/fileSystemPolicy:FileSystemPolicy":          {policy: "policy", of: "fileSystemId", types: []string{"aws:efs/fileSystem:FileSystem"}},
	"aws:kinesis/resourcePolicy:ResourcePolicy":          {policy: "policy", of: "resourceArn"},
	"aws:dynamodb/resourcePolicy:ResourcePolicy":         {policy: "policy", of: "resourceArn"},
	"aws:redshift/resourcePolicy:ResourcePolicy":         {policy: "policy", of: "resourceArn"},
	"aws:cloudwatch/eventBusPolicy:EventBusPolicy":       {policy: "policy", of: "eventBusName", types: []string{"aws:cloudwatch/eventBus:EventBus"}},
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy": {policy: "policyDocument"},
	"aws:backup/vaultPolicy:VaultPolicy":                 {policy: "policy", of: "backupVaultName", types: []string{"aws:backup/vault:Vault"}},
	"aws:apigateway/restApi:RestApi":                     {policy: "policy"},
	"aws:apigateway/restApiPolicy:RestApiPolicy":         {policy: "policy", of: "restApiId", types: []string{"aws:apigateway/restApi:RestApi"}},
	"aws:msk/clusterPolicy:ClusterPolicy":                {policy: "policy", of: "clusterArn"},
	"aws:vpclattice/authPolicy:AuthPolicy":               {policy: "policy", of: "resourceIdentifier"},
	"aws:vpclattice/resourcePolicy:ResourcePolicy":       {policy: "policy", of: "resourceArn"},
}

func holderReaders() map[string]func(*side, *rule.Resource) {
	all := map[string]func(*side, *rule.Resource){}
	for kind, h := range holders {
		all[kind] = func(s *side, r *rule.Resource) {
			of := s.self(r)
			if h.of != "" {
				of = s.of(r, r.Get(h.of), h.types...)
			}
			s.admit(r, of, r.Get(h.policy), h.public)
		}
	}
	return all
}

// admit claims what the policy of a resource lets principals do with it.
func (s *side) admit(r *rule.Resource, on string, document rule.Value, public bool) {
	if document.IsAbsent() {
		return
	}
	statements, ok := parse(document)
	switch {
	case !ok:
		s.notRead(r, Trust, document, "who may use "+cmp.Or(s.name(on), "it")+", and for what,")
		return
	case on == "":
		s.notKnown(r, Trust, top(document), "what it lets somebody use")
		return
	}
	for _, said := range statements {
		c := claim{by: r, kind: Permission, property: top(document), on: on, right: said, guards: true}
		c.each = func(c *claim, g grant) {
			c.frame, c.item, c.tail = s.who(g.principal)+" is no longer denied with "+s.name(on)+": %s", g.action.said, strings.TrimSpace(s.told(g.conditions))
		}
		if said.allow {
			c.right, c.kind, c.guards = s.unusual(on, said), Trust, false
			c.each = func(c *claim, g grant) {
				c.frame, c.item, c.tail = s.who(g.principal)+" may now use "+s.name(on)+" for %s", g.action.said, strings.TrimSpace(s.told(g.conditions))
				if c.wide = g.forEverybody(); c.wide && public {
					c.kind = Endpoint
				}
			}
		}
		s.add(c)
	}
}

// readTrust reads who may act as a role.
func (s *side) readTrust(r *rule.Resource) {
	document := r.Get("assumeRolePolicy")
	statements, ok := parse(document)
	if !ok {
		s.notRead(r, Trust, document, "who may act as "+r.Name)
		return
	}
	for _, said := range statements {
		said.actions = slices.DeleteFunc(said.actions, func(action pattern) bool { // it only marks the session
			return !pattern{text: "sts:assumerole"}.within(action) && !strings.HasPrefix(action.text, "sts:assumerole")
		})
		c := claim{by: r, kind: Trust, property: "assumeRolePolicy", on: s.self(r) + "|trust", right: said, guards: !said.allow, frame: r.Name + " no longer refuses %s"}
		if said.allow {
			c.right, c.frame = s.unusual(s.self(r), said), r.Name+" now trusts %s"
		}
		c.each = func(c *claim, g grant) {
			c.item, c.tail, c.wide = s.who(g.principal), strings.TrimSpace(s.told(g.conditions)), g.forEverybody()
		}
		s.add(c)
	}
}

// admission is a resource that lets one principal use another resource.
type admission struct {
	of, who, what string
	types         []string // of the resource
	narrowing     []string // properties that say for whom, besides
}

var admissions = map[string]admission{
	"aws:lambda/permission:Permission": {of: "function", who: "principal", what: "action",
		types: []string{"aws:lambda/function:Function"}, narrowing: []string{"sourceArn", "sourceAccount", "principalOrgId", "eventSourceToken"}},
	"aws:lambda/layerVersionPermission:LayerVersionPermission": {of: "layerName", who: "principal", what: "action", narrowing: []string{"organizationId"}},
	"aws:kms/grant:Grant":                                                           {of: "keyId", who: "granteePrincipal", what: "operations[]", types: []string{kmsKey}},
	"aws:eks/accessEntry:AccessEntry":                                               {of: "clusterName", who: "principalArn", what: "kubernetesGroups[]", types: []string{cluster}},
	"aws:ram/principalAssociation:PrincipalAssociation":                             {of: "resourceShareArn", who: "principal"},
	"aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": {of: "vpcEndpointServiceId", who: "principalArn"},
	"aws:ec2/vpcEndpointService:VpcEndpointService":                                 {who: "allowedPrincipals[]"},
	"aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission":         {of: "snapshotId", who: "accountId"},
	"aws:ec2/amiLaunchPermission:AmiLaunchPermission":                               {of: "imageId", who: "accountId"},
	"aws:rds/snapshot:Snapshot":                                                     {who: "sharedAccounts[]"},
	"aws:rds/clusterSnapshot:ClusterSnapshot":                                       {who: "sharedAccounts[]"},
	"aws:cloudwatch/eventPermission:EventPermission":                                {of: "eventBusName", who: "principal", what: "action", types: []string{"aws:cloudwatch/eventBus:EventBus"}},
}

func admissionReaders() map[string]func(*side, *rule.Resource) {
	all := map[string]func(*side, *rule.Resource){}
	for kind, a := range admissions {
		all[kind] = func(s *side, r *rule.Resource) { a.read(s, r) }
	}
	return all
}

func (a admission) read(s *side, r *rule.Resource) {
	on := s.self(r)
	if a.of != "" {
		on = s.of(r, r.Get(a.of), a.types...)
	}
	var conditions []condition
	for _, path := range a.narrowing {
		if v := r.Get(path); rule.IsSet(v) {
			conditions = append(conditions, condition{key: path, operator: "arnlike", values: []string{s.of(r, v)}})
		}
	}
	var actions []string
	for _, v := range r.Select(a.what) {
		action, _ := readable(v)
		actions = append(actions, action)
	}
	if len(actions) == 0 {
		actions = []string{""}
	}
	for _, v := range r.Select(a.who) {
		who := s.of(r, v)
		if who == "" || on == "" {
			s.notKnown(r, Trust, top(v), "who may use it")
			continue
		}
		if s.resources[who] == nil {
			who = principal("AWS", who)
		}
		for _, action := range actions {
			g := grant{principal: pattern{text: who}, action: pattern{text: action}, conditions: conditions}
			if s.ordinary(on, g.principal, conditions) {
				continue
			}
			c := claim{
				by: r, kind: Trust, property: top(v), on: on, right: g.alone(), wide: g.forEverybody() || action == "system:masters",
				frame: s.who(g.principal) + " may now use " + s.name(on), tail: strings.TrimSpace(s.told(conditions)),
			}
			if action != "" {
				c.frame, c.item = c.frame+" for %s", action
			}
			s.add(c)
		}
	}
}

// who is a principal in words.
func (n *names) who(p pattern) string {
	switch {
	case len(p.but) > 0:
		var but []string
		for _, text := range p.but {
			but = append(but, n.who(pattern{text: text}))
		}
		return "everybody but " + some(but, 2)
	case p.text == "*" || p.text == "all":
		return "everybody"
	case n.resources[p.text] != nil:
		return n.resources[p.text].Name
	}
	if of, name, ok := strings.Cut(strings.TrimPrefix(p.text, "account "), " "); ok && strings.HasPrefix(p.text, "account ") {
		if n.accounts[of] {
			return name
		}
		return name + n.foreign(of)
	}
	said := strings.TrimSuffix(n.arn(p.text), "*")
	if of, ok := strings.CutPrefix(said, "account "); ok && len(n.accounts) > 0 && !n.accounts[of] {
		return strings.TrimPrefix(n.foreign(of), " of ")
	}
	return said
}

// ordinary says that it is no news who may use what is new: services of AWS, and principals
// of the own account.
func (n *names) ordinary(on string, principal pattern, conditions []condition) bool {
	if !n.isNew(on) {
		return false
	}
	who := principal.text
	if strings.HasSuffix(who, ".amazonaws.com") || strings.HasSuffix(who, ".amazonaws.com.cn") {
		return !slices.Contains(webIdentities, who)
	}
	if r := n.resources[who]; r != nil {
		return true
	}
	of, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(who, "account "), "*"), " ")
	if strings.HasPrefix(who, "account ") && n.accounts[of] {
		return true
	}
	return slices.ContainsFunc(conditions, func(c condition) bool {
		return c.narrows() && !slices.ContainsFunc(c.values, func(v string) bool { return !n.accounts[account(v)] })
	})
}

// unusual is a statement without those of whom it is no news.
func (n *names) unusual(on string, said statement) statement {
	said.principals = slices.DeleteFunc(said.principals, func(p pattern) bool { return n.ordinary(on, p, said.conditions) })
	return said
}

// webIdentities are the identity providers that IAM knows by themselves.
var webIdentities = []string{"cognito-identity.amazonaws.com", "accounts.google.com", "www.amazon.com", "graph.facebook.com"}

// forEverybody says that everybody is let in, or everybody whom an identity provider
// vouches for.
func (g grant) forEverybody() bool {
	who := g.principal.text
	open := who == "*" || who == "all" || strings.Contains(who, ":oidc-provider/") || slices.Contains(webIdentities, who)
	return open && !slices.ContainsFunc(g.conditions, condition.narrows)
}
