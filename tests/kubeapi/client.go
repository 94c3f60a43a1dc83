package kubeapi

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Object is a Kubernetes object as JSON has it.
type Object = map[string]any

// Client speaks to a server, as an administrator.
type Client struct {
	// URL is where the server listens.
	URL string
	// Token is the administrator's.
	Token string

	http  *http.Client
	known map[string][]apiResource
	// made is what Judge has made, by address.
	made map[string]Object
}

// apiResource is what a server says of a kind.
type apiResource struct {
	Name, Kind string
	Namespaced bool
}

// NewClient is a client of the server at a URL.
func NewClient(url, token string) *Client {
	return &Client{URL: url, Token: token, known: map[string][]apiResource{}, http: &http.Client{
		Timeout: time.Minute,
		// The certificate is made by the server itself a moment ago, on this machine.
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // loopback only
	}}
}

// Answer is what a server says.
type Answer struct {
	Status int    `json:"-"`
	Body   []byte `json:"-"`
	// Warnings are what it says beside the answer, of deprecated API versions for example.
	Warnings []string `json:"-"`

	// What follows is only there in a refusal.
	Message string `json:"message"`
	Reason  string `json:"reason"`
	Details struct {
		Causes []struct {
			Field   string `json:"field"`
			Message string `json:"message"`
		} `json:"causes"`
	} `json:"details"`
}

// Refused says whether the server did not do what it was asked.
func (a Answer) Refused() bool { return a.Status >= http.StatusBadRequest }

// Do sends a request; the body of a PATCH is a server-side apply.
func (c *Client) Do(method, path string, body []byte) (Answer, error) {
	req, err := http.NewRequest(method, c.URL+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/apply-patch+yaml")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	var out bytes.Buffer
	if _, err := out.ReadFrom(resp.Body); err != nil {
		return Answer{}, err
	}
	a := Answer{Status: resp.StatusCode, Body: out.Bytes()}
	for _, warning := range resp.Header.Values("Warning") {
		// A code, an agent, and the text in quotation marks.
		_, quoted, _ := strings.Cut(warning, `"`)
		message, err := strconv.Unquote(`"` + quoted)
		if err != nil {
			return Answer{}, fmt.Errorf("read the warning %s: %w", warning, err)
		}
		a.Warnings = append(a.Warnings, message)
	}
	if a.Refused() && json.Unmarshal(a.Body, &a) != nil {
		a.Message = string(a.Body)
	}
	return a, nil
}

// Get reads a path.
func (c *Client) Get(path string) ([]byte, error) {
	a, err := c.Do(http.MethodGet, path, nil)
	if err == nil && a.Refused() {
		err = fmt.Errorf("%d: %s", a.Status, a.Message)
	}
	return a.Body, err
}

// Send sends an object to a path.
func (c *Client) Send(method, path string, object Object) (Answer, error) {
	body, err := json.Marshal(object)
	if err != nil {
		return Answer{}, err
	}
	return c.Do(method, path, body)
}

// errNoKind says that a server does not know an object's kind, at least not in this API version.
var errNoKind = errors.New("no such kind")

// Address is where an object lives.
func (c *Client) Address(object Object) (string, error) {
	apiVersion := text(object, "apiVersion")
	path := "/apis/" + apiVersion
	if apiVersion == "v1" {
		path = "/api/v1"
	}
	isKind := func(r apiResource) bool { return r.Kind == object["kind"] && !strings.Contains(r.Name, "/") }
	i := slices.IndexFunc(c.known[apiVersion], isKind)
	if i < 0 {
		// A definition may have come since.
		if err := c.discover(apiVersion, path); err != nil {
			return "", err
		}
		if i = slices.IndexFunc(c.known[apiVersion], isKind); i < 0 {
			return "", fmt.Errorf("%w: %s", errNoKind, typeOf(object))
		}
	}
	r := c.known[apiVersion][i]
	if r.Namespaced {
		path += "/namespaces/" + namespaceOf(object)
	}
	return path + "/" + r.Name + "/" + text(object, "metadata", "name"), nil
}

// discover asks for the kinds of an API version, of which there are none where the server does not serve it.
func (c *Client) discover(apiVersion, path string) error {
	a, err := c.Do(http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	var list struct{ Resources []apiResource }
	if !a.Refused() {
		if err := json.Unmarshal(a.Body, &list); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
	c.known[apiVersion] = list.Resources
	return nil
}

func typeOf(object Object) string { return fmt.Sprint(object["apiVersion"], " ", object["kind"]) }

func namespaceOf(object Object) string {
	if namespace := text(object, "metadata", "namespace"); namespace != "" {
		return namespace
	}
	return "default"
}

// text reads a text in an object, "" where there is none.
func text(object Object, path ...string) string {
	found, _ := child(object, path...).(string)
	return found
}

// child reads a value in an object, nil where there is none.
func child(object Object, path ...string) any {
	var v any = object
	for _, key := range path {
		within, _ := v.(Object)
		v = within[key]
	}
	return v
}
