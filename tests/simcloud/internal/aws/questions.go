package aws

import (
	"fmt"
	"strconv"
	"strings"
)

// questions are the lookups that AWS answers here, by the token of the invoke.
var questions = map[string]func(args Obj) (Obj, error){
	"aws:eks/getAddonVersion:getAddonVersion":       addonVersions,
	"aws:eks/getClusterVersions:getClusterVersions": clusterVersions,
}

// Ask answers a lookup; known is false if there is no answer to such questions.
func Ask(token string, args Obj) (answer Obj, known bool, err error) {
	question := questions[token]
	if question == nil {
		return nil, false, nil
	}
	answer, err = question(args)
	return answer, true, err
}

// defaultAddonVersion stands for the version that EKS chooses: a different one for each version of Kubernetes, in the add-on's own numbering
// only where that follows Kubernetes.
func defaultAddonVersion(addon, kubernetes string) string {
	minor := kubernetesMinor(kubernetes)
	if addon == "kube-proxy" {
		return say("v1.%d.0-eksbuild.2", minor)
	}
	return say("v1.%d.0-eksbuild.1", max(minor-oldestKubernetes, 0))
}

func addonVersions(args Obj) (Obj, error) {
	name, version := args.Str("addonName"), args.Str("kubernetesVersion")
	minor := kubernetesMinor(version)
	if !oneOf(name, addonNames) && !strings.Contains(name, "_") || minor < oldestKubernetes || minor > newestKubernetes {
		return nil, fmt.Errorf("reading EKS Add-On version info (%s, %s): couldn't find resource", name, version)
	}
	return Obj{"id": name, "addonName": name, "kubernetesVersion": version, "mostRecent": args.Bool("mostRecent"), "version": defaultAddonVersion(name, version)}, nil
}

func clusterVersions(args Obj) (Obj, error) {
	only := args.Strs("clusterVersionsOnlies")
	list := []any{}
	for minor := newestKubernetes; minor >= oldestKubernetes; minor-- {
		version, preferred := "1."+strconv.Itoa(minor), minor == newestKubernetes-1
		if len(only) > 0 && !oneOf(version, strings.Join(only, " ")) || args.Bool("defaultOnly") && !preferred {
			continue
		}
		list = append(list, map[string]any{"clusterType": "eks", "clusterVersion": version, "defaultVersion": preferred, "defaultPlatformVersion": "eks.1",
			"kubernetesPatchVersion": version + ".0", "versionStatus": supportOf(minor), "releaseDate": "", "endOfStandardSupportDate": "", "endOfExtendedSupportDate": ""})
	}
	return Obj{"id": "cluster-versions", "clusterVersions": list}, nil
}

// supportOf says how a version is supported: the newest four for no extra money.
func supportOf(minor int) string {
	if minor > newestKubernetes-4 {
		return "STANDARD_SUPPORT"
	}
	return "EXTENDED_SUPPORT"
}
