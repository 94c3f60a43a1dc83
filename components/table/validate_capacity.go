package table

import (
	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

func (a *TableArgs) validateCapacity(errs *fielderr.List) {
	if a.OnDemand != nil && a.Provisioned != nil {
		errs.Conflict("onDemand", "provisioned", "capacity is paid for in one way")
	}
	a.OnDemand.validate(errs.At("onDemand"))
	a.Provisioned.validate(errs.At("provisioned"))
	for _, name := range base.SortedKeys(a.GlobalIndexes) {
		index, at := a.GlobalIndexes[name], errs.At("globalIndexes", fielderr.Key(name))
		if a.Provisioned == nil && index.Provisioned != nil {
			at.Add("provisioned", "the table is on demand, so its indexes are")
		}
		if a.Provisioned != nil && index.OnDemand != nil {
			at.Add("onDemand", "the table is provisioned, so its indexes are")
		}
		index.OnDemand.validate(at.At("onDemand"))
		if a.Provisioned != nil && *index.Provisioned != *a.Provisioned {
			index.Provisioned.validate(at.At("provisioned"))
		}
	}
	if a.Provisioned != nil {
		a.validateScaling(errs)
	}
}

// validateScaling holds that either all indexes scale or none: the package's text says why.
func (a *TableArgs) validateScaling(errs *fielderr.List) {
	for _, of := range capacities {
		scaling := 0
		for _, index := range a.GlobalIndexes {
			if of.from(index.Provisioned).scales() {
				scaling++
			}
		}
		if scaling != 0 && scaling != len(a.GlobalIndexes) {
			errs.Add("globalIndexes", "%d of %d scale their %s capacity; it must be all or none: give each provisioned.%s.max, or none",
				scaling, len(a.GlobalIndexes), of.key, of.key)
		}
	}
}

func (o *OnDemandArgs) validate(errs *fielderr.List) {
	if o == nil {
		return
	}
	for path, limit := range map[string]int{"maxRead": o.MaxRead, "maxWrite": o.MaxWrite} {
		if limit < 1 && limit != -1 {
			errs.Invalid(path, limit, "must be 1 or more, or -1 for no limit")
		}
	}
}

func (p *ProvisionedArgs) validate(errs *fielderr.List) {
	if p == nil {
		return
	}
	for path, c := range map[string]CapacityArgs{"read": p.Read, "write": p.Write} {
		at := errs.At(path)
		if c.Min < 1 {
			at.Invalid("min", c.Min, "must be 1 or more")
		}
		if c.Max < c.Min {
			at.Invalid("max", c.Max, "must not be below min, %d", c.Min)
		}
		datastore.Between(at, "usePercent", c.UsePercent, 20, 90)
	}
}
