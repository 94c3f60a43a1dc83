package network_test

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/network"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEachZoneLeavesThroughItsOwnNat(t *testing.T) {
	harness.Both(t, program(everything()), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType(natType), 3)
		for _, zone := range []string{"a", "b", "c"} {
			route := g.Named(t, "main-route-private-"+zone)
			require.Equal(t, []string{"main-nat-" + zone}, namesOf(g, route.PropertyDependencies["natGatewayId"]))
			nat := g.Named(t, "main-nat-"+zone)
			require.Equal(t, []string{"main-subnet-public-" + zone}, namesOf(g, nat.PropertyDependencies["subnetId"]))
			require.Equal(t, "us-east-1"+zone, g.Named(t, "main-subnet-public-"+zone).Value("availabilityZone"))
			require.Contains(t, namesOf(g, nat.Dependencies), "main-igw")
		}
		require.Equal(t, "eipalloc-b", g.Named(t, "main-nat-b").Value("allocationId"))
		require.Equal(t, []string{"main-eip-a", "main-eip-c"}, namesIn(g, eipType))
	})
}

func namesIn(g *harness.Graph, token string) []string {
	var names []string
	for _, r := range g.OfType(token) {
		names = append(names, r.Name)
	}
	return names
}

func TestNatStrategies(t *testing.T) {
	const a, b, c = "us-east-1a", "us-east-1b", "us-east-1c"
	for name, want := range map[string]struct {
		nat       network.NatArgs
		gateways  []string
		instances []string
		routes    int
	}{
		"none":             {nat: network.NatArgs{Strategy: network.NatNone}, routes: 1},
		"single":           {nat: network.NatArgs{Strategy: network.NatSingle}, gateways: []string{"main-nat-a"}, routes: 4},
		"single, pinned":   {nat: network.NatArgs{Strategy: network.NatSingle, Zone: b}, gateways: []string{"main-nat-b"}, routes: 4},
		"per zone":         {gateways: []string{"main-nat-a", "main-nat-b", "main-nat-c"}, routes: 4},
		"instance":         {nat: network.NatArgs{Strategy: network.NatInstance}, instances: []string{"main-nat-a"}, routes: 4},
		"instance, pinned": {nat: network.NatArgs{Strategy: network.NatInstance, Zone: c}, instances: []string{"main-nat-c"}, routes: 4},
		"instance per zone": {
			nat:       network.NatArgs{Strategy: network.NatInstance, Instance: &network.NatInstanceArgs{PerZone: true}},
			instances: []string{"main-nat-a", "main-nat-b", "main-nat-c"}, routes: 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			args := threeZones()
			args.Nat = &want.nat
			g := harness.Run(t, harness.Update, program(args))
			require.Equal(t, want.gateways, namesIn(g, natType))
			require.Equal(t, want.instances, namesIn(g, instanceType))
			require.Len(t, g.OfType(routeType), want.routes)
			for _, r := range g.OfType(routeType) {
				if r.Name == "main-route-public" {
					continue
				}
				all := append(append([]string{}, want.gateways...), want.instances...)
				serving := namesOf(g, append(r.PropertyDependencies["natGatewayId"], r.PropertyDependencies["networkInterfaceId"]...))
				if len(all) > 1 {
					all = []string{"main-nat-" + r.Name[len(r.Name)-1:]}
				}
				require.Equal(t, all, serving, r.Name)
			}
			require.Len(t, g.Named(t, "outputs").Value("natIps"), len(want.gateways)+len(want.instances))
		})
	}
}

func TestANatInstanceIsARouterThatNobodyLogsInTo(t *testing.T) {
	args := twoZones()
	args.Nat.EipAllocationIds = map[string]pulumi.StringInput{"us-east-1a": pulumi.String("eipalloc-a")}
	harness.Both(t, program(args), func(t *testing.T, g *harness.Graph) {
		instance, template := g.Named(t, "main-nat-a"), g.Named(t, "main-nat-template")
		require.Equal(t, false, instance.Value("sourceDestCheck"))
		require.Nil(t, template.Value("keyName"))
		require.Nil(t, template.Value("iamInstanceProfile"))
		require.Equal(t, "required", template.Value("metadataOptions.httpTokens"))
		require.Equal(t, "true", template.Value("blockDeviceMappings[0].ebs.encrypted"))
		require.Equal(t, []string{"main-nat-sg"}, namesOf(g, instance.PropertyDependencies["vpcSecurityGroupIds"]))
		require.Equal(t, "eipalloc-a", g.Named(t, "main-nat-eip-a").Value("allocationId"))
	})
}

func TestANatInstanceAdmitsPrivateSubnetsOnly(t *testing.T) {
	args := everything()
	args.Nat, args.Zones = &network.NatArgs{Strategy: network.NatInstance}, zoneNames("ab")
	args.InterfaceEndpoints = nil
	harness.Both(t, program(args), func(t *testing.T, g *harness.Graph) {
		admitted := map[string]any{}
		for _, r := range g.OfType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
			require.Equal(t, "-1", r.Value("ipProtocol"))
			require.Equal(t, []string{"main-nat-sg"}, namesOf(g, r.PropertyDependencies["securityGroupId"]))
			admitted[r.Name] = r.Value("cidrIpv4")
		}
		require.Equal(t, map[string]any{
			"main-nat-private-a-ingress": "10.0.0.0/20", "main-nat-private-b-ingress": "10.0.32.0/20",
			"main-nat-pods-a-ingress": "100.64.0.0/20", "main-nat-pods-b-ingress": "100.64.32.0/20",
		}, admitted)
	})
}

func TestTheNatInstanceScriptIsValidBash(t *testing.T) {
	g := harness.Run(t, harness.Preview, program(twoZones()))
	script, err := base64.StdEncoding.DecodeString(g.Named(t, "main-nat-template").Value("userData").(string))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(script), "#!/bin/bash\n"))
	file := filepath.Join(t.TempDir(), "user-data.sh")
	require.NoError(t, os.WriteFile(file, script, 0o600))
	out, err := exec.Command("bash", "-n", file).CombinedOutput()
	require.NoError(t, err, string(out))
}

// natMachine stands in for the machine that the script runs on. Its tools write down how
// they are called; the swap that they turn on is shown when asked for.
type natMachine struct{ root string }

func newNatMachine(t *testing.T) natMachine {
	m := natMachine{root: t.TempDir()}
	for _, dir := range []string{"etc/sysctl.d", "etc/sysconfig", "var", "bin"} {
		require.NoError(t, os.MkdirAll(filepath.Join(m.root, dir), 0o755))
	}
	const called = `echo "${0##*/} $*" >> "$ROOT/calls"` + "\n"
	for tool, body := range map[string]string{
		"sysctl": "", "dnf": called, "systemctl": called, "dd": called, "mkswap": called,
		"swapon": `if [ "$1" = --show=NAME ]; then cat "$ROOT/swaps" 2>/dev/null || true; else ` + `echo "$1" >> "$ROOT/swaps"; ` + called + "fi",
		"ip":     "echo default via 10.0.16.1 dev ens5 proto dhcp src 10.0.16.9 metric 512",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(m.root, "bin", tool), []byte("#!/bin/bash\n"+body+"\n"), 0o755))
	}
	return m
}

// boot runs the script and returns the calls it made.
func (m natMachine) boot(t *testing.T) []string {
	script, err := os.ReadFile("nat-instance.sh")
	require.NoError(t, err)
	calls := filepath.Join(m.root, "calls")
	require.NoError(t, os.RemoveAll(calls))
	cmd := exec.Command("bash", "-c", strings.NewReplacer("/etc/", m.root+"/etc/", "/var/", m.root+"/var/").Replace(string(script)))
	cmd.Env = append(os.Environ(), "ROOT="+m.root, "PATH="+filepath.Join(m.root, "bin")+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	made, err := os.ReadFile(calls)
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(strings.ReplaceAll(string(made), m.root, "")), "\n")
}

// With 512 MB of memory, dnf is killed unless there is room for it.
func TestTheNatInstanceScriptMakesRoomBeforeItInstalls(t *testing.T) {
	machine := newNatMachine(t)
	require.Equal(t, []string{
		"systemctl disable --now amazon-ssm-agent.service",
		"dd if=/dev/zero of=/var/swapfile bs=1M count=512", "mkswap /var/swapfile", "swapon /var/swapfile",
		"dnf install --assumeyes nftables",
		"systemctl enable --now nftables.service",
	}, machine.boot(t))
	swap, err := os.Stat(filepath.Join(machine.root, "var/swapfile"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), swap.Mode())

	for _, call := range machine.boot(t) {
		require.NotContains(t, call, "swap", "there is a swap file already")
	}
}

func TestTheNatInstanceScriptEndsWellWithoutAnAgent(t *testing.T) {
	machine := newNatMachine(t)
	systemctl := "#!/bin/bash\necho \"systemctl $*\" >> \"$ROOT/calls\"\n[[ $* != *agent* ]]\n"
	require.NoError(t, os.WriteFile(filepath.Join(machine.root, "bin/systemctl"), []byte(systemctl), 0o755))
	require.Contains(t, machine.boot(t), "systemctl enable --now nftables.service")
}

// The interface that the script names is the one the default route leaves by, and the
// rules it writes masquerade there.
func TestTheNatInstanceScriptMasqueradesOnTheDefaultInterface(t *testing.T) {
	machine := newNatMachine(t)
	machine.boot(t)
	root := machine.root
	rules, err := os.ReadFile(filepath.Join(root, "etc/sysconfig/nftables.conf"))
	require.NoError(t, err)
	require.Contains(t, string(rules), `oifname "ens5" masquerade`)
	sysctl, err := os.ReadFile(filepath.Join(root, "etc/sysctl.d/90-nat.conf"))
	require.NoError(t, err)
	require.Contains(t, string(sysctl), "net.ipv4.ip_forward = 1")
}
