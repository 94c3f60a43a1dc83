package simcloud

import (
	"archive/zip"
	"errors"
	"io"
	"os"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
)

// mostPlain is what may be in a package without it being worth while to see how small it becomes.
const mostPlain = 50 << 20

// measure says how much a deployment package takes, nil if there is none here.
func measure(code any) *aws.Package {
	v, ok := code.(resource.PropertyValue)
	if !ok || !v.IsArchive() {
		return nil
	}
	a := v.ArchiveValue()
	if a.Path != "" {
		if packed, err := unzip(a.Path); err == nil {
			return packed
		}
	}
	unpacked, err := unpackedSize(a)
	if err != nil {
		return nil
	}
	p := &aws.Package{Zipped: unpacked, Unpacked: unpacked}
	if unpacked > mostPlain {
		text, err := a.Bytes(archive.ZIPArchive)
		if err != nil {
			return nil
		}
		p.Zipped = int64(len(text))
	}
	return p
}

// unzip reads the sizes of a package that is a zip file already.
func unzip(path string) (*aws.Package, error) {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return nil, errors.Join(err, zip.ErrFormat)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, err
	}
	p := &aws.Package{Zipped: info.Size()}
	for _, f := range z.File {
		p.Unpacked += int64(f.UncompressedSize64) //nolint:gosec // a file of this size is not deployed
	}
	return p, z.Close()
}

func unpackedSize(a *archive.Archive) (size int64, err error) {
	r, err := a.Open()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		_, blob, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return size, nil
		case err != nil:
			return 0, err
		}
		size += blob.Size()
		if err := blob.Close(); err != nil {
			return 0, err
		}
	}
}
