package function

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// ImageArgs change what a container image itself says.
type ImageArgs struct {
	// EntryPoint is the program that is run. Default: the image's.
	EntryPoint []string `pulumi:"entryPoint,optional"`
	// Command are its arguments. Default: the image's.
	Command []string `pulumi:"command,optional"`
	// WorkingDirectory is where it runs. Default: the image's.
	WorkingDirectory string `pulumi:"workingDirectory,optional"`
}

// FileSystemArgs are an EFS file system. It has a mount target in each zone of the function
// before the function is made: pass an output that is known then.
type FileSystemArgs struct {
	// AccessPointArn is the access point by which the function comes in.
	AccessPointArn pulumi.StringInput `pulumi:"accessPointArn"`
	// MountPath is where the files are, such as "/mnt/models".
	MountPath string `pulumi:"mountPath"`
	// ReadOnly keeps the function from writing. Default: false.
	ReadOnly bool `pulumi:"readOnly,optional"`
}

const (
	leastStorage = 512
	mostStorage  = 10240
	mostLayers   = 5
)

var (
	imageForm   = regexp.MustCompile(`^[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.[a-z.]+/[a-z0-9._/-]+(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$`)
	handlerForm = regexp.MustCompile(`^\S{1,128}$`)
	mountForm   = regexp.MustCompile(`^/mnt/[A-Za-z0-9_.-]+$`)
)

func (a *FunctionArgs) defaultHandler() string {
	switch {
	case a.ImageUri != nil:
		return ""
	case a.Inline != "":
		return "index.handler"
	case runtimes[a.Runtime].own:
		return "bootstrap" // Lambda starts the file of that name, whatever is said here
	}
	return ""
}

func (a *FunctionArgs) validateCode(errs *fielderr.List) {
	given := 0
	for _, is := range []bool{a.Code != nil, a.Inline != "", a.ImageUri != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		errs.Add("code", "needs exactly one of code, inline and imageUri; %d are set", given)
	}
	fielderr.OneOf(errs, "architecture", a.Architecture, Arm64, X86)
	if a.ImageUri != nil {
		a.validateImage(errs)
		return
	}
	if a.Image != nil {
		errs.Add("image", "is about container images; it needs imageUri")
	}
	a.validateRuntime(errs)
	if code, plain := a.Code.(pulumi.Archive); plain && runtimes[a.Runtime].own && !isZip(code) {
		errs.Add("code", "must be a .zip file with runtime %s: Pulumi packs anything else without file modes, and Lambda may not start the program", a.Runtime)
	}
	if !handlerForm.MatchString(a.Handler) {
		if a.Handler == "" {
			errs.Required("handler")
		} else {
			errs.Invalid("handler", a.Handler, "must be 1 to 128 characters without spaces")
		}
	}
	if layers, plain := a.LayerArns.(pulumi.StringArray); plain && len(layers) > mostLayers {
		errs.Invalid("layerArns", len(layers), "must be %d or fewer", mostLayers)
	}
}

// isZip says whether Pulumi uploads an archive as it is, with the modes of its files.
func isZip(archive pulumi.Archive) bool {
	from, err := url.Parse(archive.URI())
	return strings.HasSuffix(archive.Path(), ".zip") || err == nil && strings.HasSuffix(from.Path, ".zip")
}

func (a *FunctionArgs) validateImage(errs *fielderr.List) {
	for path, set := range map[string]bool{"runtime": a.Runtime != "", "handler": a.Handler != "", "layerArns": a.LayerArns != nil} {
		if set {
			errs.Conflict(path, "imageUri", "the image has its own")
		}
	}
	uri, plain := a.ImageUri.(pulumi.String)
	if !plain {
		return
	}
	switch parts := imageForm.FindStringSubmatch(string(uri)); {
	case parts == nil:
		errs.Invalid("imageUri", string(uri), "must be an image of ECR with a tag or digest, such as 111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:...")
	case parts[1] != a.Region:
		errs.Invalid("imageUri", string(uri), "must be in the region of the function, %s", a.Region)
	case parts[2] == ":latest":
		errs.Invalid("imageUri", string(uri), "must not be the tag latest: it moves, and the function would not notice")
	}
}

// validateSize is about what a call has at hand.
func (a *FunctionArgs) validateSize(errs *fielderr.List) {
	datastore.Between(errs, "memoryMb", a.MemoryMb, 128, 10240)
	datastore.Between(errs, "timeoutSeconds", a.TimeoutSeconds, 1, 900)
	datastore.Between(errs, "storageMb", a.StorageMb, leastStorage, mostStorage)
	if a.ReservedConcurrency != nil && *a.ReservedConcurrency < 0 {
		errs.Invalid("reservedConcurrency", *a.ReservedConcurrency, "must be 0 or more; leave it out for no limit")
	}
	if a.FileSystem != nil {
		a.FileSystem.validate(errs.At("fileSystem"))
		if a.Network == nil || a.Network.Detached {
			errs.Add("fileSystem", "needs network: EFS is reached through a VPC")
		}
	}
	if a.SnapStart {
		a.validateSnapStart(errs)
	}
}

func (s *FileSystemArgs) validate(errs *fielderr.List) {
	if s.AccessPointArn == nil {
		errs.Required("accessPointArn")
	}
	if !mountForm.MatchString(s.MountPath) {
		errs.Invalid("mountPath", s.MountPath, "must be a directory right under /mnt, such as /mnt/models")
	}
}

func (a *FunctionArgs) validateSnapStart(errs *fielderr.List) {
	if a.ImageUri == nil && !runtimes[a.Runtime].snapStart {
		errs.Add("snapStart", "is for %s, not %q", runtimesThat(func(r runtime) bool { return r.snapStart }), a.Runtime)
	}
	for other, set := range map[string]bool{
		"imageUri": a.ImageUri != nil, "provisioned": a.Provisioned != nil, "fileSystem": a.FileSystem != nil, "storageMb": a.StorageMb > leastStorage,
	} {
		if set {
			errs.Conflict("snapStart", other, "Lambda takes no snapshot of such a function")
		}
	}
}

// renderCode writes where the code is. The provider itself compares the contents of
// archives.
func (a *FunctionArgs) renderCode(args *lambda.FunctionArgs) {
	if a.ImageUri != nil {
		args.PackageType, args.ImageUri = pulumi.String("Image"), a.ImageUri.ToStringOutput().ToStringPtrOutput()
		if a.Image != nil {
			config := lambda.FunctionImageConfigArgs{Commands: pulumi.ToStringArray(a.Image.Command), EntryPoints: pulumi.ToStringArray(a.Image.EntryPoint)}
			if a.Image.WorkingDirectory != "" {
				config.WorkingDirectory = pulumi.String(a.Image.WorkingDirectory)
			}
			args.ImageConfig = config
		}
		return
	}
	args.Runtime, args.Handler, args.Code = pulumi.String(string(a.Runtime)), pulumi.String(a.Handler), a.Code
	if a.Inline != "" {
		args.Code = pulumi.NewAssetArchive(map[string]any{a.inlineFile(): pulumi.NewStringAsset(a.Inline)})
	}
}

// inlineFile is the file in which the runtime looks for the handler: "index.mjs" for the
// handler "index.handler".
func (a *FunctionArgs) inlineFile() string {
	module, _, _ := strings.Cut(a.Handler, ".")
	return module + runtimes[a.Runtime].extension
}
