package userdata

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/tests/harness"
)

type preset func() (pulumi.StringOutput, error)

var presets = map[string]preset{
	"nginx": func() (pulumi.StringOutput, error) { return Nginx(nil) },
	"nginx-upstream": func() (pulumi.StringOutput, error) {
		return Nginx(&WebArgs{Port: 80, HealthPath: "/up", Upstream: pulumi.String("http://app.example.com:8080")})
	},
	"httpd": func() (pulumi.StringOutput, error) { return Httpd(nil) },
	"httpd-upstream": func() (pulumi.StringOutput, error) {
		return Httpd(&WebArgs{Upstream: pulumi.String("https://app.example.com")})
	},
	"node": func() (pulumi.StringOutput, error) { return Node(nil) },
	"node-source": func() (pulumi.StringOutput, error) {
		return Node(&NodeArgs{Source: pulumi.String("console.log('$(reboot)')"), Environment: map[string]pulumi.StringInput{
			"GREETING": pulumi.String("it's\n\"$HOME\""), "A": pulumi.String("")}})
	},
	"tomcat": func() (pulumi.StringOutput, error) { return Tomcat(nil) },
	"tomcat-war": func() (pulumi.StringOutput, error) {
		return Tomcat(&TomcatArgs{Port: 9090, War: pulumi.String("s3://bucket/app.war")})
	},
}

// rendered runs a preset in a program and returns its script.
func rendered(t testing.TB, p preset) (string, error) {
	t.Helper()
	graph, err := harness.Try(harness.Update, func(ctx *pulumi.Context) error {
		script, err := p()
		if err != nil {
			return err
		}
		var c struct{ pulumi.ResourceState }
		return ctx.RegisterComponentResourceV2("test:index:Script", "script", pulumi.Map{"text": script}, &c)
	})
	if err != nil {
		return "", err
	}
	return graph.Named(t, "script").Value("text").(string), nil
}

func TestEveryPresetIsAValidScriptWithinTheLimit(t *testing.T) {
	for name, p := range presets {
		t.Run(name, func(t *testing.T) {
			text, err := rendered(t, p)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(text, "#!/bin/bash\n"), "cloud-init goes by the first line")
			require.Less(t, len(text), 16*1024)
			check := exec.Command("bash", "-n")
			check.Stdin = strings.NewReader(text)
			out, err := check.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, text, "systemctl enable")
			require.Contains(t, text, "\nwait_until_healthy\n", "a script that leaves a sick server behind must fail")
		})
	}
}

// read runs a script's head in bash and prints what its variables hold.
func read(t rapid.TB, head string, names ...string) []string {
	var print strings.Builder
	print.WriteString("printf '%s\\0'")
	for _, name := range names {
		print.WriteString(` "${` + name + `}"`)
	}
	run := exec.Command("bash", "-s")
	run.Stdin = strings.NewReader(head + print.String() + "\n")
	run.Env = []string{"PATH=/nonexistent"}
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, head)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

var hostile = rapid.StringMatching("[ -~\n\r\t\u00e9\u2028]{0,40}|('|\"|\\$\\(reboot\\)|`id`|\\\\|\n|\\$\\{IFS\\}|EOF\n|!){0,12}")

func TestNoValueIsReadAsCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source, greeting := hostile.Draw(t, "source"), hostile.Draw(t, "greeting")
		head, err := script("a test", []variable{{name: "SOURCE"}, {name: inEnvironment("GREETING")}}, []string{source, greeting})
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, head, "SOURCE", "ENVIRONMENT[GREETING]")
		if len(got) != 2 || got[0] != source || got[1] != greeting {
			t.Fatalf("bash read %q, not %q", got, []string{source, greeting})
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", "'", "it's", "$(reboot)", "a\nb", "\\'", "\xff", "''''", "-n", "\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		head, err := script("a test", []variable{{name: "TEXT"}}, []string{text})
		if strings.ContainsRune(text, 0) {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		require.Equal(t, []string{text}, read(t, head, "TEXT"))
	})
}

// The start script that app.sh writes must give the application its environment as it
// is, so it is written by bash here too, and then run.
func TestTheApplicationGetsItsEnvironmentUnchanged(t *testing.T) {
	value := "it's \"$HOME\" $(reboot) `id` \\ \n second line é"
	head, err := script("a test", []variable{{name: "PORT"}, {name: "HEALTH_PATH"}, {name: inEnvironment("GREETING")}},
		[]string{"8080", "/healthz", value})
	require.NoError(t, err)
	target := t.TempDir() + "/start"
	body := file("app.sh")
	for command, stub := range map[string]string{"useradd": ":", "install": ":", "chown": ":"} {
		head += command + "() { " + stub + "; }\n"
	}
	run := exec.Command("bash", "-s")
	run.Stdin = strings.NewReader(head + strings.ReplaceAll(body, "/srv/app/start", target) +
		"write_start_script 'printf \"%s|%s|%s\" \"$PORT\" \"$HEALTH_PATH\" \"$GREETING\"'\n")
	out, err := run.CombinedOutput()
	require.NoError(t, err, string(out))
	got, err := exec.Command(target).Output()
	require.NoError(t, err)
	require.Equal(t, "8080|/healthz|"+value, string(got)[:len("8080|/healthz|"+value)])
}

// configured runs a preset with every command that would change the machine stubbed out,
// and returns the configuration file that it wrote.
func configured(t *testing.T, p preset, file string) string {
	t.Helper()
	text, err := rendered(t, p)
	require.NoError(t, err)
	root := t.TempDir()
	for _, folder := range []string{filepath.Dir(file), "/srv/www", "/srv/health", "/etc/systemd/system/nginx.service.d", "/etc/systemd/system/httpd.service.d"} {
		require.NoError(t, os.MkdirAll(root+folder, 0o755))
	}
	stubs := "dnf() { :; }\ninstall() { :; }\nsystemctl() { :; }\ncurl() { :; }\nnginx() { :; }\nhttpd() { :; }\nrm() { :; }\n"
	text = strings.NewReplacer(">/srv/", ">"+root+"/srv/", ">/etc/", ">"+root+"/etc/", ">\"/etc/", ">\""+root+"/etc/").Replace(text)
	run := exec.Command("bash", "-s")
	run.Stdin = strings.NewReader(stubs + text)
	out, err := run.CombinedOutput()
	require.NoError(t, err, string(out))
	written, err := os.ReadFile(root + file)
	require.NoError(t, err)
	return string(written)
}

const (
	nginxConf = "/etc/nginx/nginx.conf"
	httpdConf = "/etc/httpd/conf/httpd.conf"
)

// Apache asks for the name in the Host it sends, and checks the certificate against it.
func TestHttpdSendsAnHttpsUpstreamItsOwnName(t *testing.T) {
	for upstream, want := range map[string]string{"http://app.example.com": "On", "https://app.example.com": "Off"} {
		text := configured(t, func() (pulumi.StringOutput, error) {
			return Httpd(&WebArgs{Upstream: pulumi.String(upstream)})
		}, httpdConf)
		require.Contains(t, text, "\nProxyPreserveHost "+want+"\n", upstream)
		require.Equal(t, want == "Off", strings.Contains(text, "\nSSLProxyEngine On\n"), upstream)
	}
}

// A load balancer keeps an idle connection for 60 seconds.
func TestWebServersKeepConnectionsLongerThanALoadBalancer(t *testing.T) {
	httpd := configured(t, presets["httpd"], httpdConf)
	require.Contains(t, httpd, "\nKeepAliveTimeout 75\n")
	require.Contains(t, httpd, "\nMaxKeepAliveRequests 0\n")
	require.Contains(t, configured(t, presets["nginx"], nginxConf), "keepalive_timeout 75s;")
}

func TestNginxHasFilesForItsConnectionsAndClaimsNoReuse(t *testing.T) {
	text := configured(t, presets["nginx-upstream"], nginxConf)
	require.Contains(t, text, "\nworker_rlimit_nofile 65536;\n")
	require.NotContains(t, text, "proxy_set_header Connection", "a name in a variable has no connections to keep")
}

func TestTomcatSaysWhatThePackageLacks(t *testing.T) {
	text, err := rendered(t, presets["tomcat"])
	require.NoError(t, err)
	run := exec.Command("bash", "-s")
	run.Stdin = strings.NewReader("dnf() { :; }\nuseradd() { :; }\ninstall() { :; }\nrpm() { echo /usr/share/tomcat10/lib/catalina.jar; }\n" + text)
	out, err := run.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, "The package tomcat10 has no bin/bootstrap.jar, which starts Tomcat.\n", string(out))
}

func TestEveryProblemOfAPresetIsReported(t *testing.T) {
	for name, c := range map[string]struct {
		preset preset
		want   string
	}{
		"web": {func() (pulumi.StringOutput, error) {
			return Nginx(&WebArgs{Port: 70000, HealthPath: "health; }", Upstream: pulumi.String("http://x/; deny all"), Document: pulumi.String("x")})
		}, `userdata.Nginx: 4 problems
  document: conflicts with upstream: all requests are passed on
  healthPath: "health; }": is not a path such as /healthz of letters, digits and . _ - /
  port: 70000: must be 1 to 65535
  upstream: "http://x/; deny all" is not a URL such as http://app.example.com:8080, without a path`},
		"node": {func() (pulumi.StringOutput, error) {
			return Node(&NodeArgs{Port: 80, Environment: map[string]pulumi.StringInput{"a-b": pulumi.String(""), "PORT": pulumi.String("1"), "N": nil}})
		}, `userdata.Node: 4 problems
  environment.N: is required
  environment.PORT: is set from the preset's own argument
  environment.a-b: is not a name of letters, digits and _ that does not start with a digit
  port: 80: must be 1024 to 65535`},
		"tomcat": {func() (pulumi.StringOutput, error) {
			return Tomcat(&TomcatArgs{War: pulumi.String("https://x"), Page: pulumi.String("x")})
		}, `userdata.Tomcat: 2 problems
  page: conflicts with war: the application has its own pages
  war: "https://x" is not an object such as s3://bucket/app.war`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.preset()
			require.EqualError(t, err, c.want)
		})
	}
}

// An output is not known when the preset is made, so it is checked when it is.
func TestALaterValueIsCheckedToo(t *testing.T) {
	for name, value := range map[string]string{"injected": "http://x;\ninclude /etc/passwd", "zero byte": "http://x\x00"} {
		t.Run(name, func(t *testing.T) {
			_, err := rendered(t, func() (pulumi.StringOutput, error) {
				return Nginx(&WebArgs{Upstream: pulumi.String(value).ToStringOutput()})
			})
			require.ErrorContains(t, err, "user data: UPSTREAM")
		})
	}
}
