package encryption

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of file systems.
const (
	fileSystem   = "aws:efs/fileSystem:FileSystem"
	windowsFiles = "aws:fsx/windowsFileSystem:WindowsFileSystem"
	ontapFiles   = "aws:fsx/ontapFileSystem:OntapFileSystem"
	zfsFiles     = "aws:fsx/openZfsFileSystem:OpenZfsFileSystem"
	lustreFiles  = "aws:fsx/lustreFileSystem:LustreFileSystem"
)

func efsEncrypted() *rule.Rule {
	return keyedStore(rule.Rule{
		ID: "efs-encrypted", Title: "EFS file systems are encrypted at rest",
		Why:      "A file system that was created without encryption stays so until its files have been moved to another one.",
		Fix:      "set encrypted to true and kmsKeyId",
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_42", "CKV_AWS_184"}, Trivy: []string{"AWS-0037"}, SecurityHub: []string{"EFS.1", "EFS.8"}, CIS: []string{"2.3.1"}},
		Types:    []string{fileSystem},
	}, "encrypted", "kmsKeyId")
}

func fsxCmk() *rule.Rule {
	return cmk(rule.Rule{
		ID: "fsx-cmk", Title: "FSx file systems are encrypted with the customer's key", Severity: rule.Medium,
		Fix: "set kmsKeyId", Controls: rule.Controls{Checkov: []string{"CKV_AWS_178", "CKV_AWS_179"}},
		Types: []string{windowsFiles, ontapFiles, zfsFiles, lustreFiles},
	}, func(g *rule.Graph, r *rule.Resource) rule.Verdict {
		keyed := customerKey(g, r, r.Get("kmsKeyId"))
		if r.Type != lustreFiles {
			return keyed
		}
		return rule.Choose(r.Get("deploymentType").Holds(isScratch), rule.Skipped(), keyed)
	})
}

// isScratch accepts the types of Lustre that take no key: what they hold is a copy. The
// provider takes SCRATCH_1 if none is set.
func isScratch(v rule.Value) bool {
	kind, _ := v.Text()
	return v.IsAbsent() || strings.HasPrefix(kind, "SCRATCH_")
}

func ecsEfsTls() *rule.Rule {
	return &rule.Rule{
		ID: "ecs-efs-tls", Title: "Tasks mount EFS file systems through TLS", Severity: rule.High, Category: rule.Encryption,
		Why:      "NFS carries files in plain text, and ECS mounts without TLS unless it is told to.",
		Fix:      `set efsVolumeConfiguration.transitEncryption of each volume to "ENABLED"`,
		Controls: rule.Controls{Checkov: []string{"CKV_AWS_97"}, Trivy: []string{"AWS-0035"}},
		Types:    []string{taskDefinition},
		Check: func(r *rule.Resource, _ rule.Settings) rule.Verdict {
			return r.Get("volumes").Each(func(volume rule.Value) rule.Verdict {
				mount := volume.Get("efsVolumeConfiguration")
				if mount.IsAbsent() {
					return rule.Skipped()
				}
				through := mount.Get("transitEncryption")
				return through.Want(rule.Is("ENABLED"), through.Path()+" is "+through.String(), "set "+through.Path()+` to "ENABLED"`)
			})
		},
	}
}
