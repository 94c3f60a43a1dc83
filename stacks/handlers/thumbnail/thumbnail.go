package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"log/slog"
	"path"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/kovidgoyal/imaging"
	"golang.org/x/image/webp"
)

const (
	// prefix is where thumbnails lie in the bucket of the assets: below the path that the
	// edge serves.
	prefix = "assets/thumbnails/"
	// side is the longest that a thumbnail is, in pixels.
	side    = 320
	quality = 82

	// What is larger is no upload of a customer's, and would not fit into the memory: a file, and
	// what it becomes when it is decoded.
	mostBytes   = 25 << 20
	mostDecoded = 200_000_000
)

// errUnusable is about an upload that no later attempt makes a thumbnail of.
var errUnusable = errors.New("not an image that can be made smaller")

// store is the part of S3 that is used.
type store interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// maker makes thumbnails. The same upload always gives the same object, so that it does
// no harm to be called twice.
type maker struct {
	store  store
	target string // bucket
}

// handle is called for new objects. An error makes Lambda call it again with all of them.
func (m *maker) handle(ctx context.Context, event events.S3Event) error {
	var failed []error
	for _, record := range event.Records {
		bucket, key := record.S3.Bucket.Name, record.S3.Object.URLDecodedKey
		log := slog.With("bucket", bucket, "key", key, "version", record.S3.Object.VersionID)
		made, err := m.make(ctx, bucket, key)
		switch {
		case errors.Is(err, errUnusable):
			log.WarnContext(ctx, "no thumbnail", "reason", err.Error())
		case err != nil:
			failed = append(failed, fmt.Errorf("%s/%s: %w", bucket, key, err))
		default:
			log.InfoContext(ctx, "thumbnail", "made", made)
		}
	}
	return errors.Join(failed...)
}

// make returns the key of the thumbnail.
func (m *maker) make(ctx context.Context, bucket, key string) (string, error) {
	object, err := m.store.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	var gone *types.NoSuchKey
	if errors.As(err, &gone) {
		return "", fmt.Errorf("%w: deleted since", errUnusable)
	}
	if err != nil {
		return "", fmt.Errorf("read the upload: %w", err)
	}
	defer func() { _ = object.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(object.Body, mostBytes+1))
	if err != nil {
		return "", fmt.Errorf("read the upload: %w", err)
	}
	small, err := shrink(content)
	if err != nil {
		return "", err
	}
	target := thumbnailKey(key)
	_, err = m.store.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &m.target, Key: &target, Body: bytes.NewReader(small),
		ContentType: aws.String("image/jpeg"), CacheControl: aws.String("public, max-age=86400"),
	})
	if err != nil {
		return "", fmt.Errorf("write the thumbnail: %w", err)
	}
	return target, nil
}

// thumbnailKey keeps the extension, or photo.png and photo.gif would share a thumbnail.
func thumbnailKey(key string) string {
	return prefix + strings.TrimPrefix(path.Clean("/"+key), "/") + ".jpg"
}

// shrink turns an image, of any format that is common on the web, into a JPEG that fits
// into a square. Photos come out as they were held; what was tiny stays as it is.
func shrink(content []byte) ([]byte, error) {
	if len(content) > mostBytes {
		return nil, fmt.Errorf("%w: longer than %d bytes", errUnusable, mostBytes)
	}
	// The head says how much memory the rest would take.
	head, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnusable, err)
	}
	if most := mostDecoded / depth(head.ColorModel); head.Width < 1 || head.Height < 1 || head.Width > most/head.Height {
		return nil, fmt.Errorf("%w: %d x %d pixels, and %d are the most", errUnusable, head.Width, head.Height, most)
	}
	whole, err := decode(format, content)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnusable, err)
	}
	fitting := imaging.Fit(whole, side, side, imaging.Lanczos)
	opaque := image.NewRGBA(fitting.Bounds()) // a JPEG has no transparency
	draw.Draw(opaque, opaque.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(opaque, opaque.Bounds(), fitting, fitting.Bounds().Min, draw.Over)
	var small bytes.Buffer
	if err := jpeg.Encode(&small, opaque, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode the thumbnail: %w", err)
	}
	return small.Bytes(), nil
}

// depth is how many bytes a pixel takes at most.
func depth(model color.Model) int {
	switch model {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		return 8
	}
	return 4
}

// decode reads the first picture of a file. Only cameras turn pictures, and write JPEG.
func decode(format string, content []byte) (image.Image, error) {
	reader := bytes.NewReader(content)
	switch format {
	case "gif":
		return gif.Decode(reader)
	case "jpeg":
		return imaging.Decode(reader, imaging.Backends(imaging.GO_IMAGE), imaging.AutoOrientation(true))
	case "png":
		return png.Decode(reader)
	case "webp":
		return webp.Decode(reader)
	}
	return nil, fmt.Errorf("%s is not known here", format)
}
