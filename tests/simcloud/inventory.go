package simcloud

import (
	"encoding/json"
	"fmt"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
	"google.golang.org/protobuf/types/known/structpb"
)

// inventory is a cloud on paper.
type inventory struct {
	Resources []entry `json:"resources"`
	// Made says how often something was made under a URN, if more than once.
	Made map[string]int `json:"made,omitempty"`
	// Clusters is what is in Kubernetes clusters.
	Clusters json.RawMessage `json:"clusters,omitempty"`
}

type entry struct {
	Type    string `json:"type,omitempty"`
	ID      string `json:"id"`
	URN     string `json:"urn,omitempty"`
	Region  string `json:"region,omitempty"`
	Account string `json:"account,omitempty"`
	// Kind is only for what AWS made by itself; OwnerKind and Owner say for what.
	Kind      string         `json:"kind,omitempty"`
	OwnerKind string         `json:"ownerKind,omitempty"`
	Owner     string         `json:"owner,omitempty"`
	Props     map[string]any `json:"props"`
}

// Save writes down everything that exists, as JSON: the same cloud gives the same bytes. What is sensitive is in plain text.
func (c *Cloud) Save() ([]byte, error) {
	resources, made := c.world.Inventory()
	saved := inventory{Made: map[string]int{}}
	for _, r := range resources {
		props, err := encode(r.Props, nil)
		if err != nil {
			return nil, fmt.Errorf("save %s %s: %w", r.Token, r.ID, err)
		}
		saved.Resources = append(saved.Resources, entry{
			Type: r.Token, ID: r.ID, URN: r.URN, Region: r.Region, Account: r.Account, OwnerKind: r.OwnerKind, Owner: r.Owner, Props: props.AsMap(),
		})
		if r.Implicit {
			saved.Resources[len(saved.Resources)-1].Kind = r.Kind
		}
		if made[r.URN] > 1 {
			saved.Made[r.URN] = made[r.URN]
		}
	}
	clusters, err := c.kubernetes.Save()
	if err != nil {
		return nil, fmt.Errorf("save clusters: %w", err)
	}
	if string(clusters) != "[]" {
		saved.Clusters = clusters
	}
	return json.Marshal(saved)
}

// Restore adds what Save wrote down to what exists. No rule judges it.
func (c *Cloud) Restore(text []byte) error {
	var saved inventory
	if err := json.Unmarshal(text, &saved); err != nil {
		return fmt.Errorf("restore the cloud: %w", err)
	}
	made := map[string]int{}
	resources := make([]*aws.Resource, len(saved.Resources))
	for i, e := range saved.Resources {
		wire, err := structpb.NewStruct(e.Props)
		if err != nil {
			return fmt.Errorf("restore %s %s: %w", e.Type, e.ID, err)
		}
		props, err := decode(wire)
		if err != nil {
			return fmt.Errorf("restore %s %s: %w", e.Type, e.ID, err)
		}
		resources[i] = &aws.Resource{
			Scope: aws.Scope{Account: e.Account, Region: e.Region}, Token: e.Type, ID: e.ID, URN: e.URN, Props: props,
			OwnerKind: e.OwnerKind, Owner: e.Owner, Kind: e.Kind, Implicit: e.Kind != "",
		}
		if e.URN != "" {
			made[e.URN] = max(1, saved.Made[e.URN])
		}
	}
	c.world.Restore(resources, made)
	if saved.Clusters == nil {
		return nil
	}
	return c.kubernetes.Restore(saved.Clusters)
}
