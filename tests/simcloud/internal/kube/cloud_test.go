package kube

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// cloud is a cloud of one cluster, at https://eks, which writes down what controllers have it make. It refuses what is in refuses.
type cloud struct {
	mu      sync.Mutex
	site    *ground.Cluster
	refuses map[string]string
	made    map[string]any
	left    []string
	agents  []ground.Agent
}

func (c *cloud) Find(address string) (*ground.Cluster, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case address != "https://eks" && address != "https://gone":
		return nil, nil
	case c.site == nil || address == "https://gone":
		return nil, errors.New("no such host")
	}
	site := *c.site
	return &site, nil
}

func (c *cloud) make(owner string, what any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if why := c.refuses[owner]; why != "" {
		return errors.New(why)
	}
	if c.made == nil {
		c.made = map[string]any{}
	}
	if c.made[owner] == nil {
		c.made[owner] = what
	}
	return nil
}

func (c *cloud) Permit(_ string, by ground.Agent, action string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.agents = append(c.agents, by)
	if why := c.refuses[action]; why != "" {
		return errors.New(why)
	}
	return nil
}

func (c *cloud) Balance(_, owner string, want ground.Balancer) (string, error) {
	return fmt.Sprintf("%s.elb.amazonaws.com", want.Name), c.make(owner, want)
}

func (c *cloud) Launch(_, owner string, want ground.Machines) error { return c.make(owner, want) }
func (c *cloud) Store(_, owner string, want ground.Volume) error    { return c.make(owner, want) }

func (c *cloud) Withdraw(_, owner string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.made, owner)
}

func (c *cloud) Abandon(_, owner string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = append(c.left, owner)
	delete(c.made, owner)
}

// change changes the site while it is in use.
func (c *cloud) change(do func(site *ground.Cluster)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	site := *c.site
	do(&site)
	c.site = &site
}

// owners lists in whose names something is there.
func (c *cloud) owners() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.made))
}
