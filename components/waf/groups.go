package waf

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Group is a rule group that AWS manages, by AWS's name for it.
type Group string

// Groups. The first five are on by default.
const (
	// GroupIpReputation knows addresses of bots and attackers.
	GroupIpReputation Group = "AWSManagedRulesAmazonIpReputationList"
	// GroupAnonymousIp knows addresses that hide who comes. Its rule
	// HostingProviderIPList, against all that comes from data centres, is only counted unless
	// Rules says otherwise: partners' servers and monitors come from there as well.
	GroupAnonymousIp Group = "AWSManagedRulesAnonymousIpList"
	// GroupBadInputs knows requests that exploit known holes.
	GroupBadInputs Group = "AWSManagedRulesKnownBadInputsRuleSet"
	// GroupCore knows the common attacks. It also limits bodies to 8 KB, by its rule
	// SizeRestrictions_BODY, which is only counted where Body.MaxBytes is the limit, unless Rules
	// says otherwise.
	GroupCore Group = "AWSManagedRulesCommonRuleSet"
	// GroupSqlInjection knows SQL in requests.
	GroupSqlInjection Group = "AWSManagedRulesSQLiRuleSet"
	// GroupAdminProtection keeps everybody from paths of administration.
	GroupAdminProtection Group = "AWSManagedRulesAdminProtectionRuleSet"
	// GroupLinux knows attacks on Linux; it goes with GroupPosix.
	GroupLinux Group = "AWSManagedRulesLinuxRuleSet"
	// GroupPosix knows attacks on POSIX systems.
	GroupPosix Group = "AWSManagedRulesUnixRuleSet"
	// GroupWindows knows attacks on Windows.
	GroupWindows Group = "AWSManagedRulesWindowsRuleSet"
	// GroupPhp knows attacks on PHP.
	GroupPhp Group = "AWSManagedRulesPHPRuleSet"
	// GroupWordPress knows attacks on WordPress.
	GroupWordPress Group = "AWSManagedRulesWordPressRuleSet"
)

const groupBots Group = "AWSManagedRulesBotControlRuleSet"

// managed is what AWS publishes of a group, and its place among the groups: who comes
// before what, and cheap before dear. A place is never given to another group.
type managed struct {
	place, units int
	on           bool
	// unversioned groups always are the newest.
	unversioned bool
}

var managedGroups = map[Group]managed{
	GroupIpReputation:    {place: 1, units: 25, on: true, unversioned: true},
	GroupAnonymousIp:     {place: 2, units: 50, on: true, unversioned: true},
	GroupBadInputs:       {place: 3, units: 200, on: true},
	GroupCore:            {place: 4, units: 700, on: true},
	GroupSqlInjection:    {place: 5, units: 200, on: true},
	GroupAdminProtection: {place: 6, units: 100},
	GroupLinux:           {place: 7, units: 200},
	GroupPosix:           {place: 8, units: 100},
	GroupWindows:         {place: 9, units: 200},
	GroupPhp:             {place: 10, units: 100},
	GroupWordPress:       {place: 11, units: 100},
}

const botUnits = 50

// Action is what a rule of a group does with a request.
type Action string

// Actions.
const (
	ActionAllow     Action = "Allow"
	ActionBlock     Action = "Block"
	ActionCount     Action = "Count"
	ActionCaptcha   Action = "Captcha"
	ActionChallenge Action = "Challenge"
)

var actionWords = map[Action]string{
	ActionAllow: "allow", ActionBlock: "block", ActionCount: "count", ActionCaptcha: "captcha", ActionChallenge: "challenge",
}

// GroupArgs change a rule group.
type GroupArgs struct {
	// Off leaves a group out that is on by default. Default: false.
	Off bool `pulumi:"off,optional"`
	// Mode is this group's: Count lets through whatever it is against. Default: the web
	// ACL's.
	Mode Mode `pulumi:"mode,optional"`
	// Rules are other actions for rules of the group, by their names in AWS; at most 100.
	// Default: the group's own.
	Rules map[string]Action `pulumi:"rules,optional"`
	// Version keeps to a version, such as "Version_1.2", which AWS lets expire some day.
	// Default: the one that AWS recommends at the time.
	Version string `pulumi:"version,optional"`
	// OnlyPaths are the paths that the group looks at, such as "/login" or "/api/*".
	// Default: all.
	OnlyPaths []string `pulumi:"onlyPaths,optional"`
	// ExceptPaths are paths that it does not look at. Default: none.
	ExceptPaths []string `pulumi:"exceptPaths,optional"`
}

// BotLevel is how closely bot control looks.
type BotLevel string

// Levels of bot control.
const (
	// BotsCommon knows programs that say, or do not hide, what they are.
	BotsCommon BotLevel = "Common"
	// BotsTargeted also finds out those that look like browsers.
	BotsTargeted BotLevel = "Targeted"
)

// BotControlArgs tell people from programs: good bots are let through, others not. It is
// paid by the request; OnlyPaths and ExceptPaths save.
type BotControlArgs struct {
	// Level is how closely it looks. Default: BotsCommon.
	Level BotLevel `pulumi:"level,optional"`
	// MachineLearning looks for bots that act together, with BotsTargeted. Default: true.
	MachineLearning *bool `pulumi:"machineLearning,optional"`
	// Mode is bot control's. Default: the web ACL's.
	Mode Mode `pulumi:"mode,optional"`
	// Rules are other actions for its rules, by their names in AWS; at most 100.
	// Default: its own.
	Rules map[string]Action `pulumi:"rules,optional"`
	// Version keeps to a version. Default: the one that AWS recommends at the time.
	Version string `pulumi:"version,optional"`
	// OnlyPaths are the paths that it looks at. Default: all.
	OnlyPaths []string `pulumi:"onlyPaths,optional"`
	// ExceptPaths are paths that it does not look at, such as those of assets.
	// Default: none.
	ExceptPaths []string `pulumi:"exceptPaths,optional"`
}

// group is the part that bot control has in common with other groups.
func (b *BotControlArgs) group() GroupArgs {
	return GroupArgs{Mode: b.Mode, Rules: b.Rules, Version: b.Version, OnlyPaths: b.OnlyPaths, ExceptPaths: b.ExceptPaths}
}

// groupDefaults are the groups that are on.
func groupDefaults(given map[Group]GroupArgs, mode Mode) map[Group]GroupArgs {
	on := base.Merge(given)
	for name, g := range managedGroups {
		if _, changed := on[name]; g.on && !changed {
			on[name] = GroupArgs{}
		}
	}
	return eachOf(on, func(g *GroupArgs) { base.Default(&g.Mode, mode) })
}

func (a *WebAclArgs) groupRules() []rule {
	var rules []rule
	for _, name := range base.SortedKeys(a.Groups) {
		g := a.Groups[name]
		if g.Off {
			continue
		}
		g.Rules = base.Merge(a.countedRules(name), g.Rules)
		rules = append(rules, rule{
			name: string(name), priority: bandGroups + managedGroups[name].place, mode: g.Mode,
			statement: a.groupStatement(name, managedGroups[name].units, g, nil),
		})
	}
	if b := a.BotControl; b != nil {
		level := pulumi.Map{"inspectionLevel": pulumi.String(map[BotLevel]string{BotsCommon: "COMMON", BotsTargeted: "TARGETED"}[b.Level])}
		if b.MachineLearning != nil {
			level["enableMachineLearning"] = pulumi.Bool(*b.MachineLearning)
		}
		rules = append(rules, rule{
			name: string(groupBots), priority: bandBots, mode: b.Mode,
			statement: a.groupStatement(groupBots, botUnits, b.group(), pulumi.Map{"awsManagedRulesBotControlRuleSet": level}),
		})
	}
	return rules
}

// countedRules are rules of a group that are only counted unless somebody says otherwise.
func (a *WebAclArgs) countedRules(name Group) map[string]Action {
	switch {
	case name == GroupAnonymousIp:
		return map[string]Action{"HostingProviderIPList": ActionCount}
	case name == GroupCore && a.Body != nil && a.Body.MaxBytes > 0:
		return map[string]Action{"SizeRestrictions_BODY": ActionCount} // it knows neither the limit nor its exceptions
	}
	return nil
}

func (a *WebAclArgs) groupStatement(name Group, units int, g GroupArgs, config pulumi.Map) statement {
	props := pulumi.Map{"vendorName": pulumi.String("AWS"), "name": pulumi.String(name)}
	if g.Version != "" {
		props["version"] = pulumi.String(g.Version)
	}
	if config != nil {
		props["managedRuleGroupConfigs"] = pulumi.Array{config}
	}
	overrides := pulumi.Array{}
	for _, of := range base.SortedKeys(g.Rules) {
		word, does := actionWords[g.Rules[of]], pulumi.Map{}
		if g.Rules[of] == ActionBlock {
			does = a.blockAction(0)
		}
		overrides = append(overrides, pulumi.Map{"name": pulumi.String(of), "actionToUse": pulumi.Map{word: does}})
	}
	if len(overrides) > 0 {
		props["ruleActionOverrides"] = overrides
	}
	scope := onPaths(g.OnlyPaths, g.ExceptPaths)
	if scope != nil {
		props["scopeDownStatement"] = scope.props
		units += scope.units
	}
	return statement{units: units, group: true, props: pulumi.Map{"managedRuleGroupStatement": props}}
}
