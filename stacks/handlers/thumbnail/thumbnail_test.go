package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"
)

// buckets are objects by bucket and key; what is in fails cannot be read.
type buckets struct {
	objects map[string][]byte
	puts    []*s3.PutObjectInput
	fails   map[string]error
}

func (b *buckets) GetObject(_ context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	place := *in.Bucket + "/" + *in.Key
	if err := b.fails[place]; err != nil {
		return nil, err
	}
	object, there := b.objects[place]
	if !there {
		return nil, &types.NoSuchKey{}
	}
	return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(object))}, nil
}

func (b *buckets) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	content, err := io.ReadAll(in.Body)
	b.objects[*in.Bucket+"/"+*in.Key] = content
	b.puts = append(b.puts, in)
	return &s3.PutObjectOutput{}, err
}

func uploaded(keys ...string) events.S3Event {
	var event events.S3Event
	for _, key := range keys {
		event.Records = append(event.Records, events.S3EventRecord{S3: events.S3Entity{
			Bucket: events.S3Bucket{Name: "uploads"}, Object: events.S3Object{URLDecodedKey: key},
		}})
	}
	return event
}

// painted is red in its left half and blue in its right.
func painted(width, height int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			c := color.RGBA{R: 255, A: 255}
			if x >= width/2 {
				c = color.RGBA{B: 255, A: 255}
			}
			img.Set(x, y, c)
		}
	}
	return img
}

func encoded(t testing.TB, format string, img image.Image) []byte {
	var out bytes.Buffer
	switch format {
	case "jpeg":
		require.NoError(t, jpeg.Encode(&out, img, nil))
	case "png":
		require.NoError(t, png.Encode(&out, img))
	case "gif":
		require.NoError(t, gif.Encode(&out, img, nil))
	}
	return out.Bytes()
}

func TestThumbnailsFitIntoASquareAndKeepTheirShape(t *testing.T) {
	for name, c := range map[string]struct {
		format                       string
		width, height, small, smallH int
	}{
		"wide":      {"jpeg", 1600, 800, 320, 160},
		"high":      {"png", 400, 1600, 80, 320},
		"a palette": {"gif", 640, 640, 320, 320},
		"tiny":      {"png", 20, 10, 20, 10},
		"a line":    {"png", 4000, 1, 320, 1},
	} {
		t.Run(name, func(t *testing.T) {
			small, err := shrink(encoded(t, c.format, painted(c.width, c.height)))
			require.NoError(t, err)
			img, format, err := image.Decode(bytes.NewReader(small))
			require.NoError(t, err)
			require.Equal(t, "jpeg", format)
			require.Equal(t, image.Pt(c.small, c.smallH), img.Bounds().Size())
		})
	}
}

func TestTransparencyBecomesWhite(t *testing.T) {
	small, err := shrink(encoded(t, "png", image.NewNRGBA(image.Rect(0, 0, 8, 8))))
	require.NoError(t, err)
	img, err := jpeg.Decode(bytes.NewReader(small))
	require.NoError(t, err)
	r, g, b, _ := img.At(4, 4).RGBA()
	require.Greater(t, min(r, g, b), uint32(0xf000))
}

// turned puts the orientation tag of a camera into a JPEG.
func turned(t *testing.T, orientation uint16) []byte {
	exif := append([]byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01"), 0, byte(orientation), 0, 0, 0, 0, 0, 0)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2)) //nolint:gosec // a few bytes
	picture := encoded(t, "jpeg", painted(64, 32))
	return bytes.Join([][]byte{picture[:2], append(segment, exif...), picture[2:]}, nil)
}

func TestPhotosComeOutAsTheyWereHeld(t *testing.T) {
	small, err := shrink(turned(t, 6)) // a quarter to the right
	require.NoError(t, err)
	img, err := jpeg.Decode(bytes.NewReader(small))
	require.NoError(t, err)
	require.Equal(t, image.Pt(32, 64), img.Bounds().Size())
	red, _, _, _ := img.At(16, 8).RGBA()
	_, _, blue, _ := img.At(16, 56).RGBA()
	require.Greater(t, min(red, blue), uint32(0xd000), "left went up")
}

func TestUploadsThatAreNoImagesAreLeftAlone(t *testing.T) {
	b := &buckets{objects: map[string][]byte{
		"uploads/letter.txt": []byte("no image"),
		"uploads/cut.png":    encoded(t, "png", painted(64, 64))[:60],
		"uploads/bomb.png":   giant(t),
		"uploads/photo.png":  encoded(t, "png", painted(64, 64)),
	}}
	m := &maker{store: b, target: "assets"}
	require.NoError(t, m.handle(t.Context(), uploaded("letter.txt", "cut.png", "bomb.png", "gone.png", "photo.png")))
	require.Len(t, b.puts, 1)
	put := b.puts[0]
	require.Equal(t, "assets", *put.Bucket)
	require.Equal(t, "assets/thumbnails/photo.png.jpg", *put.Key)
	require.Equal(t, "image/jpeg", *put.ContentType)
}

// giant says in its head that it has 30000 x 30000 pixels.
func giant(t *testing.T) []byte {
	picture := encoded(t, "png", painted(8, 8))
	binary.BigEndian.PutUint32(picture[16:], 30000)
	binary.BigEndian.PutUint32(picture[20:], 30000)
	binary.BigEndian.PutUint32(picture[29:], crc32.ChecksumIEEE(picture[12:29]))
	_, err := shrink(picture)
	require.ErrorContains(t, err, "30000 x 30000 pixels")
	return picture
}

// Of a film in a file only the first picture is unpacked, or a small file would fill the memory.
func TestOfAnAnimationTheFirstPictureCounts(t *testing.T) {
	film := &gif.GIF{}
	for range 400 {
		film.Image = append(film.Image, image.NewPaletted(image.Rect(0, 0, 800, 600), color.Palette{color.Black, color.Transparent}))
		film.Delay = append(film.Delay, 1)
	}
	var content bytes.Buffer
	require.NoError(t, gif.EncodeAll(&content, film))
	film = nil
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	small, err := shrink(content.Bytes())
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.NotEmpty(t, small)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(50<<20))
}

func TestDeepPicturesMayHaveHalfAsManyPixels(t *testing.T) {
	require.Equal(t, []int{4, 4, 8, 8}, []int{depth(color.RGBAModel), depth(color.YCbCrModel), depth(color.NRGBA64Model), depth(color.Gray16Model)})
}

func TestWhatIsTooLongIsNotDecoded(t *testing.T) {
	_, err := shrink(make([]byte, mostBytes+1))
	require.ErrorIs(t, err, errUnusable)
	require.ErrorContains(t, err, "longer than 26214400 bytes")
}

func TestWhatCannotBeReadNowIsTriedAgainAfterTheRest(t *testing.T) {
	b := &buckets{
		objects: map[string][]byte{"uploads/b.png": encoded(t, "png", painted(9, 9))},
		fails:   map[string]error{"uploads/a.png": errors.New("SlowDown")},
	}
	m := &maker{store: b, target: "assets"}
	err := m.handle(t.Context(), uploaded("a.png", "b.png"))
	require.ErrorContains(t, err, "uploads/a.png: read the upload: SlowDown")
	require.Len(t, b.puts, 1)
}

func TestThumbnailsStayInTheirFolder(t *testing.T) {
	require.Equal(t, "assets/thumbnails/a/b.png.jpg", thumbnailKey("a/b.png"))
	require.Equal(t, "assets/thumbnails/c.png.jpg", thumbnailKey("../../a/../c.png"))
	require.True(t, strings.HasPrefix(thumbnailKey("/.."), prefix))
}

// Whatever is uploaded, it becomes a thumbnail or is refused; it never stops the function.
func FuzzShrink(f *testing.F) {
	for _, format := range []string{"jpeg", "png", "gif"} {
		f.Add(encoded(f, format, painted(16, 12)))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		small, err := shrink(content)
		if err != nil {
			require.ErrorIs(t, err, errUnusable)
			return
		}
		head, err := jpeg.DecodeConfig(bytes.NewReader(small))
		require.NoError(t, err)
		require.LessOrEqual(t, max(head.Width, head.Height), side)
	})
}
