package simcloud

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
)

// zipped makes a package of one file that says it has so many bytes.
func zipped(t *testing.T, size uint64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fn.zip")
	f, err := os.Create(path)
	require.NoError(t, err)
	z := zip.NewWriter(f)
	_, err = z.CreateRaw(&zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, UncompressedSize64: size})
	require.NoError(t, err)
	require.NoError(t, z.Close())
	require.NoError(t, f.Close())
	return path
}

func archiveOf(t *testing.T, a *archive.Archive, err error) resource.PropertyValue {
	t.Helper()
	require.NoError(t, err)
	return resource.NewProperty(a)
}

func TestPackagesAreMeasured(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "index.js"), []byte("exports.handler"), 0o600))
	text, err := asset.FromText("exports.handler")
	require.NoError(t, err)
	fromFolder, err := archive.FromPath(folder)
	require.Equal(t, &aws.Package{Zipped: 15, Unpacked: 15}, measure(archiveOf(t, fromFolder, err)))
	fromTexts, err := archive.FromAssets(map[string]any{"a.js": text, "b.js": text})
	require.Equal(t, &aws.Package{Zipped: 30, Unpacked: 30}, measure(archiveOf(t, fromTexts, err)))

	path := zipped(t, 1<<20)
	info, err := os.Stat(path)
	require.NoError(t, err)
	fromZip, err := archive.FromPath(path)
	require.Equal(t, &aws.Package{Zipped: info.Size(), Unpacked: 1 << 20}, measure(archiveOf(t, fromZip, err)))

	large, err := asset.FromText(string(bytes.Repeat([]byte("x"), mostPlain+1)))
	require.NoError(t, err)
	fromLarge, err := archive.FromAssets(map[string]any{"large": large})
	p := measure(archiveOf(t, fromLarge, err))
	require.Equal(t, int64(mostPlain+1), p.Unpacked)
	require.Less(t, p.Zipped, int64(1<<20), "it becomes small")

	require.Nil(t, measure(nil))
	require.Nil(t, measure("zip"))
	require.Nil(t, measure(resource.NewProperty(&archive.Archive{Path: filepath.Join(folder, "none")})), "not on this machine")
}

// TestTooMuchCodeIsRefused proves it through the protocol, with a package whose files are larger than a function may be.
func TestTooMuchCodeIsRefused(t *testing.T) {
	_, e := start(t)
	role := e.must("aws:iam/role:Role", "fn", props{"assumeRolePolicy": mayAssume("lambda.amazonaws.com")})
	args := func(size uint64) props {
		a, err := archive.FromPath(zipped(t, size))
		return props{"role": role.outputs["arn"], "runtime": "provided.al2023", "handler": "bootstrap", "code": archiveOf(t, a, err)}
	}
	_, err := e.create("aws:lambda/function:Function", "fn", args(250<<20+1))
	require.ErrorContains(t, err, "Unzipped size must be smaller than 262144000 bytes")
	m := e.must("aws:lambda/function:Function", "fn", args(1))
	require.Empty(t, e.diff(m, m.inputs).GetDiffs(), "again")
	_, err = e.update(m, args(0))
	require.ErrorContains(t, err, "non-empty")
}
