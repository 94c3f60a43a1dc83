// Package diff tells what differs between what a resource was made from and what it is to
// be made from, for people: JSON documents as JSON, and never a secret.
package diff

// Property is one difference.
type Property struct {
	// Path is where, such as "tags.owner", or in a JSON document "policy.Statement[0].Action".
	Path string `json:"path"`
	// Was and Is are the values as text, nil where there is none. What is secret or known
	// only after the deploy says that instead.
	Was *string `json:"was,omitempty"`
	Is  *string `json:"is,omitempty"`
	// Forces says that this difference makes the engine replace the resource.
	Forces bool `json:"forces,omitempty"`
	// Noise says that the difference changes nothing that anybody uses: tags, and what follows
	// from another change of the same kind.
	Noise bool `json:"noise,omitempty"`
}
