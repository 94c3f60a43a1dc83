package userdata

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// WebArgs are the arguments of Nginx and Httpd.
type WebArgs struct {
	// Port is the port to listen on, 1 to 65535. Default: 8080.
	Port int `pulumi:"port,optional"`
	// HealthPath is the health endpoint. Default: "/healthz".
	HealthPath string `pulumi:"healthPath,optional"`
	// Upstream is where to pass requests on to, such as "http://app.example.com:8080",
	// without a path. An https upstream must show a valid certificate for its name.
	// Default: none, Document is served.
	Upstream pulumi.StringInput `pulumi:"upstream,optional"`
	// Document is the page served at "/", in HTML; not with Upstream. Default: one that
	// says that it works.
	Document pulumi.StringInput `pulumi:"document,optional"`
}

// Nginx makes an instance a web server with nginx.
func Nginx(args *WebArgs) (pulumi.StringOutput, error) {
	return web("userdata.Nginx", "a web server with nginx", "nginx.sh", args)
}

// Httpd makes an instance a web server with Apache httpd.
func Httpd(args *WebArgs) (pulumi.StringOutput, error) {
	return web("userdata.Httpd", "a web server with Apache httpd", "httpd.sh", args)
}

func web(subject, title, script string, args *WebArgs) (pulumi.StringOutput, error) {
	a := *base.CopyOf(args)
	var errs fielderr.List
	variables := endpoint(&errs, &a.Port, &a.HealthPath, 1)
	checkNow(&errs, "upstream", a.Upstream, checkUpstream)
	if a.Upstream != nil && a.Document != nil {
		errs.Conflict("document", "upstream", "all requests are passed on")
	}
	if err := errs.Err(subject); err != nil {
		return pulumi.StringOutput{}, err
	}
	return render(title, append(variables,
		variable{name: "UPSTREAM", value: orDefault(a.Upstream, ""), check: checkUpstream},
		variable{name: "DOCUMENT", value: orDefault(a.Document, file("index.html"))},
	), nil, "common.sh", "web.sh", script), nil
}

// NodeArgs are the arguments of Node.
type NodeArgs struct {
	// Port is the port the application is to listen on, 1024 to 65535; it finds it in the
	// environment as PORT. Default: 8080.
	Port int `pulumi:"port,optional"`
	// HealthPath is the path on which the application must answer that it is well; it
	// finds it in the environment as HEALTH_PATH. Default: "/healthz".
	HealthPath string `pulumi:"healthPath,optional"`
	// Source is the application, in JavaScript. Default: one that answers with the
	// instance's name.
	Source pulumi.StringInput `pulumi:"source,optional"`
	// Environment is the application's environment, by name. User data can be read on
	// the instance and by whoever may describe it, so pass names of secrets, not secrets.
	// Default: none.
	Environment map[string]pulumi.StringInput `pulumi:"environment,optional"`
}

// Node makes an instance an application server with Node.js 22.
func Node(args *NodeArgs) (pulumi.StringOutput, error) {
	a := *base.CopyOf(args)
	var errs fielderr.List
	variables := endpoint(&errs, &a.Port, &a.HealthPath, 1024)
	checkEnvironment(&errs, a.Environment)
	if err := errs.Err("userdata.Node"); err != nil {
		return pulumi.StringOutput{}, err
	}
	return render("an application server with Node.js",
		append(variables, variable{name: "SOURCE", value: orDefault(a.Source, file("node.js"))}),
		a.Environment, "common.sh", "app.sh", "node.sh"), nil
}

// TomcatArgs are the arguments of Tomcat.
type TomcatArgs struct {
	// Port is the port to listen on, 1024 to 65535. Default: 8080.
	Port int `pulumi:"port,optional"`
	// HealthPath is the health endpoint. Default: "/healthz".
	HealthPath string `pulumi:"healthPath,optional"`
	// War is the application, as an object in Amazon S3 such as "s3://bucket/app.war"; the
	// group's Statements must allow s3:GetObject on it. Default: none, Page is served.
	War pulumi.StringInput `pulumi:"war,optional"`
	// Page is the page served at "/", as a JSP; not with War. Default: one that answers
	// with the instance's name.
	Page pulumi.StringInput `pulumi:"page,optional"`
	// Environment is as in NodeArgs. Default: none.
	Environment map[string]pulumi.StringInput `pulumi:"environment,optional"`
}

// Tomcat makes an instance an application server with Tomcat 10.1 on Java 21.
func Tomcat(args *TomcatArgs) (pulumi.StringOutput, error) {
	a := *base.CopyOf(args)
	var errs fielderr.List
	variables := endpoint(&errs, &a.Port, &a.HealthPath, 1024)
	checkNow(&errs, "war", a.War, checkBucket)
	if a.War != nil && a.Page != nil {
		errs.Conflict("page", "war", "the application has its own pages")
	}
	checkEnvironment(&errs, a.Environment)
	if err := errs.Err("userdata.Tomcat"); err != nil {
		return pulumi.StringOutput{}, err
	}
	return render("an application server with Tomcat",
		append(variables,
			variable{name: "WAR", value: orDefault(a.War, ""), check: checkBucket},
			variable{name: "PAGE", value: orDefault(a.Page, file("tomcat.jsp"))}),
		a.Environment, "common.sh", "app.sh", "tomcat.sh"), nil
}
