package kubernetes

import "github.com/plinth-iac/plinth/policies/rule"

// blockStorage are the provisioners of EBS volumes, each of which is in one zone.
var blockStorage = []string{"ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"}

func volumeZonePinning() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-volume-zone-pinning", Title: "No workload is bound to one zone by its volume", Severity: rule.High, Category: rule.Redundancy,
		Why: "An EBS volume is in one zone: its pod can start nowhere else, and waits for as long as that zone is lost.",
		Fix: "volumeBindingMode WaitForFirstConsumer in the StorageClass; two pods or more with volumeClaimTemplates, or a store of several zones such as EFS",
		// What a development environment is not asked to have twice may be in one zone.
		Development: rule.At(rule.Disabled),
		Types:       []string{storageClass, claim, statefulSet},
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			x := indexOf(g)
			switch r.Type {
			case storageClass:
				return bindsLate(r)
			case claim:
				return x.pinsMounts(r)
			}
			return x.pinned(x.workloads[r.URN])
		},
	}
}

// bindsLate is the verdict on when a class chooses the zone of a volume.
func bindsLate(r *rule.Resource) rule.Verdict {
	mode := r.Get("volumeBindingMode")
	if zonal := ofOneZone(r); zonal.Outcome != rule.Pass || mode.IsAbsent() && r.IsPatch() {
		return zonal
	}
	return mode.Want(rule.Is("WaitForFirstConsumer"), "volumeBindingMode is "+mode.String()+", so that a volume is made before anyone knows where its pod can run",
		`set volumeBindingMode to "WaitForFirstConsumer"`)
}

// ofOneZone passes if the volumes of a class are each in one zone, and is not applicable
// if not.
func ofOneZone(class *rule.Resource) rule.Verdict {
	provisioner := class.Get("provisioner")
	switch {
	case provisioner.IsUnknown():
		return rule.NotKnown(provisioner)
	case rule.Is(blockStorage...)(provisioner):
		return rule.Passed()
	}
	return rule.Skipped()
}

// zonal is as ofOneZone, for the class that a claim of r names.
func (x *index) zonal(r *rule.Resource, name rule.Value) rule.Verdict {
	at := home{r.ProviderURN, whole}
	class, unsure := x.defaults[address{at, storageClass, ""}], x.undefined[address{at, storageClass, ""}]
	if !name.IsAbsent() {
		class, unsure = x.find(r, name, at, storageClass)
	}
	switch {
	case class != nil:
		return ofOneZone(class)
	case unsure.Outcome == rule.Unknown:
		return unsure
	case rule.Is("")(name):
		return rule.Skipped() // a volume that someone has made by hand
	}
	return rule.Undecided(name.Path(), rule.External)
}

// pinned judges a StatefulSet, each pod of which has volumes of its own.
func (x *index) pinned(w *workload) rule.Verdict {
	n, unsure := x.floor(w)
	return w.Get("spec.volumeClaimTemplates").Each(func(template rule.Value) rule.Verdict {
		switch {
		case unsure.Outcome == rule.NotApplicable && n == 0:
			return rule.Skipped()
		case unsure.Outcome == rule.NotApplicable && n > 1:
			return rule.Passed()
		}
		zonal := x.zonal(w.Resource, template.Get("spec.storageClassName"))
		switch {
		case zonal.Outcome == rule.NotApplicable:
			return rule.Passed()
		case zonal.Outcome == rule.Unknown:
			return zonal
		case unsure.Outcome == rule.Unknown:
			return unsure
		}
		return rule.Failed("its only pod is bound to the zone of its volume", "set spec.replicas to 2 or more, or use a store of several zones such as EFS")
	})
}

// pinsMounts judges a claim, the one volume of which all pods of a workload mount.
func (x *index) pinsMounts(r *rule.Resource) rule.Verdict {
	mounts, mounted := x.mounts[r.URN], rule.Passed()
	name := ""
	if len(mounts.sure) == 0 {
		mounted = rule.All(mounts.unsure, x.lostAt(x.homes[r.URN], claim))
	} else {
		name = mounts.sure[0].Name
	}
	zonal := x.zonal(r, r.Get("spec.storageClassName"))
	if zonal.Outcome == rule.NotApplicable {
		zonal = rule.No()
	}
	return rule.Choose(mounted, rule.Choose(zonal,
		rule.Failed("its volume is in one zone, and binds all pods of "+name+" to it",
			"use a class of several zones such as EFS, or a StatefulSet with volumeClaimTemplates"), rule.Passed()), rule.Skipped())
}

// mount finds the claims that a workload mounts.
func (x *index) mount(w *workload) {
	for _, name := range w.pod().Select("volumes[].persistentVolumeClaim.claimName") {
		c, unsure := x.find(w.Resource, name, w.home, claim)
		if c != nil {
			mounts := x.mounts[c.URN]
			mounts.sure = append(mounts.sure, w)
			x.mounts[c.URN] = mounts
			continue
		}
		maybe := x.maybe(w.Resource, name, w.home, claim)
		for _, one := range maybe {
			mounts := x.mounts[one.URN]
			mounts.unsure = unsure
			x.mounts[one.URN] = mounts
		}
		if len(maybe) == 0 && unsure.Outcome == rule.Unknown {
			x.lose(w.home, claim, unsure)
		}
	}
}

func storageClassEncrypted() *rule.Rule {
	return &rule.Rule{
		ID: "k8s-storageclass-encrypted", Title: "Storage classes make encrypted volumes", Severity: rule.High, Category: rule.Encryption,
		Why:   "A volume that was made without encryption stays so, with all its snapshots, until it is replaced.",
		Fix:   `set parameters.encrypted to "true", and kmsKeyId for a key of your own`,
		Types: []string{storageClass},
		Settings: []rule.Setting{{
			Name: "accountDefault", Help: "The account encrypts new volumes by default, so that a class may leave encrypted out.",
			Development: false, Production: false,
		}},
		Check: func(r *rule.Resource, s rule.Settings) rule.Verdict {
			if zonal := ofOneZone(r); zonal.Outcome != rule.Pass {
				return zonal // other file systems are encrypted where they are made, not by their class
			}
			accept, encrypted := rule.IsTrue, r.Get("parameters").Field("encrypted")
			if s.Bool("accountDefault") {
				accept = rule.NotFalse
			}
			return encrypted.Want(accept, "parameters.encrypted is "+encrypted.String(), `set parameters.encrypted to "true"`)
		},
	}
}
