package aws

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// besideClusters is the managed deployment with more, and the address of its cluster "main".
func besideClusters(t *testing.T, more ...thing) (w *World, made map[string]*Resource, address string) {
	t.Helper()
	w, made, _ = buildManaged(t)
	for _, th := range more {
		res := &Resource{Scope: home, Token: th.token, URN: th.name, Props: fillAll(th.props, made).(map[string]any)}
		w.Put(res)
		made[th.name] = res
	}
	return w, made, made["cluster"].Props.Str("endpoint")
}

func byID(made map[string]*Resource, names ...string) (out []ground.Term) {
	for _, name := range names {
		out = append(out, ground.Term{ID: made[name].ID})
	}
	return out
}

func TestFindTellsWhatAClusterStandsOn(t *testing.T) {
	w, made, address := besideClusters(t, thing{"own", "aws:autoscaling/group:Group", object{"name": "own", "desiredCapacity": 1.0, "tags": list{object{"key": "kubernetes.io/cluster/main", "value": "owned"}}}})
	site, err := w.Find(address)
	require.NoError(t, err)
	require.Equal(t, "main", site.Name)
	require.False(t, site.AutoMode)
	require.Equal(t, map[string]bool{"vpc-cni": true, "kube-proxy": true, "coredns": true}, site.Addons)
	require.Equal(t, []ground.Group{{Taints: []ground.Taint{{Key: "x", Effect: "NoSchedule"}}}, {}}, site.Nodes)
	require.Equal(t, []ground.Selector{{Namespace: "jobs", Labels: map[string]string{}}}, site.Fargate)
	require.True(t, site.Admin)

	site, err = w.Find("https://test.example.com")
	require.NoError(t, err)
	require.Nil(t, site, "not the cloud's to know")
	site, err = w.Find("https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com")
	require.ErrorContains(t, err, "no such host")
	require.Nil(t, site)

	made["cluster"].Props.Obj("accessConfig")["bootstrapClusterCreatorAdminPermissions"] = false
	site, err = w.Find(address)
	require.NoError(t, err)
	require.True(t, site.Admin, "an administrator has an access entry")
}

func TestBalancersNeedSubnets(t *testing.T) {
	tags := object{"kubernetes.io/role/elb": "1"}
	more := []thing{
		{"front", "aws:ec2/subnet:Subnet", object{"vpcId": "$net.id", "cidrBlock": "10.0.6.0/24", "availabilityZone": "eu-west-1a", "tags": tags}},
		{"front2", "aws:ec2/subnet:Subnet", object{"vpcId": "$net.id", "cidrBlock": "10.0.7.0/24", "availabilityZone": "eu-west-1b", "tags": tags}},
	}
	for name, c := range map[string]struct {
		want   ground.Balancer
		terms  []string
		wrong  string
		groups int
	}{
		"by tags":           {want: ground.Balancer{Type: "application"}, groups: 1},
		"no tags":           {want: ground.Balancer{Type: "application", Internal: true}, wrong: "couldn't auto-discover subnets: unable to resolve at least 2 subnets in different zones"},
		"by way":            {want: ground.Balancer{Type: "application", Internal: true, Reachable: true}, groups: 1},
		"named":             {want: ground.Balancer{Type: "application"}, terms: []string{"a", "b"}, groups: 1},
		"one zone":          {want: ground.Balancer{Type: "application"}, terms: []string{"a"}, wrong: "unable to resolve"},
		"one zone will do":  {want: ground.Balancer{Type: "network"}, terms: []string{"a"}, groups: 1},
		"a group of ours":   {want: ground.Balancer{Type: "network", Groups: []ground.Term{{Name: "app"}}}, terms: []string{"a"}},
		"a wide name":       {want: ground.Balancer{Type: "network", Name: "a name with spaces"}, terms: []string{"a"}, wrong: "ValidationError"},
		"the old sort":      {want: ground.Balancer{Type: "classic"}, terms: []string{"a"}, groups: 1},
		"too small subnets": {want: ground.Balancer{Type: "application"}, terms: []string{"small", "b"}, wrong: "Not enough IP space"},
	} {
		t.Run(name, func(t *testing.T) {
			w, made, address := besideClusters(t, append(more, thing{"full", "aws:autoscaling/group:Group", object{"name": "full", "desiredCapacity": 9.0, "vpcZoneIdentifiers": list{"$small.id"}}})...)
			c.want.Subnets = byID(made, c.terms...)
			if c.want.Name == "" {
				c.want.Name = "k8s-web"
			}
			before := len(w.List(true))
			host, err := w.Balance(address, "Ingress/default/web", c.want)
			if c.wrong != "" {
				require.ErrorContains(t, err, c.wrong)
				require.Len(t, w.List(true), before, "nothing is left half made")
				return
			}
			require.NoError(t, err)
			require.Contains(t, host, "k8s-web-")
			require.Len(t, w.List(true), before+1+c.groups)
			again, err := w.Balance(address, "Ingress/default/web", c.want)
			require.NoError(t, err)
			require.Equal(t, host, again)
			w.Withdraw(address, "Ingress/default/web")
			require.Len(t, w.List(true), before)
		})
	}
}

func TestMachinesThatCannotJoin(t *testing.T) {
	w, made, address := besideClusters(t, thing{"profile1", "aws:iam/instanceProfile:InstanceProfile", object{"name": "nodes", "path": "/", "role": "node"}})
	subnets, groups := byID(made, "a", "b"), byID(made, "sg")
	for name, c := range map[string]struct {
		want  ground.Machines
		wrong string
	}{
		"no subnets":         {ground.Machines{Role: "node", Subnets: []ground.Term{{Tags: map[string]string{"tier": "app"}}}, Groups: groups}, "no subnets found"},
		"no groups":          {ground.Machines{Role: "node", Subnets: subnets, Groups: []ground.Term{{Name: "none"}}}, "no security groups found"},
		"no role":            {ground.Machines{Role: "none", Subnets: subnets, Groups: groups}, "role none of the nodes does not exist"},
		"no profile":         {ground.Machines{Profile: "none", Subnets: subnets, Groups: groups}, "instance profile none does not exist"},
		"no entry":           {ground.Machines{Role: "admin", Subnets: subnets, Groups: groups}, "role admin has no access entry of the type EC2_LINUX"},
		"no managed entry":   {ground.Machines{Role: "guest", Managed: true, Subnets: subnets, Groups: groups}, "role guest has no access entry of the type EC2"},
		"no key":             {ground.Machines{Role: "node", Key: "arn:aws:kms:eu-west-1:111122223333:key/none", Subnets: subnets, Groups: groups}, "does not exist"},
		"no zone":            {ground.Machines{Role: "node", Zones: []string{"eu-west-1c"}, Subnets: subnets, Groups: groups}, "no subnet has a free address in the zones allowed"},
		"an impossible type": {ground.Machines{Role: "node", Type: "large", Subnets: subnets, Groups: groups}, "Invalid value 'large' for InstanceType"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.want.Type == "" {
				c.want.Type = "m7g.large"
			}
			require.ErrorContains(t, w.Launch(address, "NodePool/"+name, c.want), c.wrong)
		})
	}
	for name, want := range map[string]ground.Machines{
		"a node group's role": {Role: "node", Subnets: subnets, Groups: groups},
		"an entry":            {Role: "guest", Subnets: subnets, Groups: groups},
		"a profile":           {Profile: "nodes", Subnets: subnets, Groups: groups},
	} {
		t.Run(name, func(t *testing.T) {
			want.Type = "m7g.large"
			before := len(w.List(true))
			require.NoError(t, w.Launch(address, "NodePool/"+name, want))
			require.NoError(t, w.Launch(address, "NodePool/"+name, want))
			require.Len(t, w.List(true), before+2, "one in each zone")
		})
	}
	entry := &Resource{Scope: home, Token: "aws:eks/accessEntry:AccessEntry", Props: Obj{"clusterName": "main", "principalArn": made["pods"].Props.Str("arn"), "type": "EC2"}}
	w.Put(entry)
	managed := ground.Machines{Role: "pods", Managed: true, Type: "m7g.large", Subnets: subnets, Groups: groups}
	require.ErrorContains(t, w.Launch(address, "NodePool/managed", managed), "role pods has no access policy AmazonEKSAutoNodePolicy")
	w.Put(&Resource{Scope: home, Token: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", Props: Obj{"clusterName": "main", "principalArn": made["pods"].Props.Str("arn"),
		"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy"}})
	require.NoError(t, w.Launch(address, "NodePool/managed", managed))
}

func TestVolumesAreWithdrawnOrAbandoned(t *testing.T) {
	w, made, address := besideClusters(t)
	volumes := func(implicit bool) (n int) {
		for _, r := range w.List(implicit) {
			if r.Kind == "ebs.volume" {
				n++
			}
		}
		return n
	}
	require.ErrorContains(t, w.Store(address, "a", ground.Volume{Size: 1, Key: "arn:aws:kms:eu-west-1:111122223333:key/none"}), "does not exist")
	for _, owner := range []string{"a", "b", "b"} {
		require.NoError(t, w.Store(address, owner, ground.Volume{Size: 1, Type: "gp3", Encrypted: true, Key: made["key"].Props.Str("arn")}))
	}
	require.Equal(t, 2, volumes(true))
	w.Withdraw(address, "a")
	w.Abandon(address, "b")
	require.Equal(t, 1, volumes(false), "nobody deletes it any more, so it shows")
	require.ErrorIs(t, w.Store("https://gone", "c", ground.Volume{}), ErrNotFound)
}

func TestResourcesAreFoundByWhatTheyAreNow(t *testing.T) {
	w := NewWorld(1)
	r := &Request{World: w, Scope: home}
	role := &Resource{Scope: home, Token: "aws:iam/role:Role", ID: "one", Props: Obj{"name": "One", "arn": "arn:one"}}
	w.Put(role)
	require.Same(t, role, r.ByARN("iam.role", "arn:one"))
	require.True(t, r.named("iam.role", "oNE"))
	require.NoError(t, w.Change("one", func(props map[string]any) bool { props["arn"] = "arn:two"; return false }))
	require.Nil(t, r.ByARN("iam.role", "arn:one"))
	require.Same(t, role, r.ByARN("iam.role", "arn:two"))
	require.NoError(t, w.Change("one", func(map[string]any) bool { return true }))
	require.Nil(t, r.ByARN("iam.role", "arn:two"))
	require.False(t, r.named("iam.role", "one"))
	require.Empty(t, (&Request{World: w, Scope: Scope{Account: "999988887777"}}).With("iam.role", "name", "One"))
}
