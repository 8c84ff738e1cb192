package kernels

// How the table calls the updates.

// updateSlices are the operands of an update.
func updateSlices[T Float](c *Call) (s [5][]T) {
	for i := range c.Operands {
		s[i] = slice[T](c, i)
	}
	return s
}

func sgdCase(c *Call) SGDParams {
	h := updateCases[c.Case]
	return SGDParams{LR: h.LR, Momentum: h.Beta1, WeightDecay: h.WeightDecay, Decoupled: h.Decoupled, GradScale: h.GradScale}
}

func adamCase(c *Call) AdamParams {
	h := updateCases[c.Case]
	return AdamParams{LR: h.LR, Beta1: h.Beta1, Beta2: h.Beta2, Eps: h.Eps, WeightDecay: h.WeightDecay,
		Decoupled: h.Decoupled, GradScale: h.GradScale, Step: h.Step}
}

func runUpdateSGD[T Float](t Tier, c *Call) {
	s, p := updateSlices[T](c), sgdCase(c)
	if t == public {
		UpdateSGD(s[0], s[1], p)
		return
	}
	var k updateConstants[T]
	sgdConstants(&k, &p)
	runUpdate(t, updateSGD, &s, &k)
}

func runUpdateMomentum[T Float](t Tier, c *Call) {
	s, p := updateSlices[T](c), sgdCase(c)
	if t == public {
		UpdateMomentum(s[0], s[1], s[2], p)
		return
	}
	var k updateConstants[T]
	sgdConstants(&k, &p)
	runUpdate(t, updateMomentum, &s, &k)
}

func runUpdateNesterov[T Float](t Tier, c *Call) {
	s, p := updateSlices[T](c), sgdCase(c)
	if t == public {
		UpdateNesterov(s[0], s[1], s[2], p)
		return
	}
	var k updateConstants[T]
	sgdConstants(&k, &p)
	runUpdate(t, updateNesterov, &s, &k)
}

func runUpdateAdam[T Float](t Tier, c *Call) {
	s, p := updateSlices[T](c), adamCase(c)
	if t == public {
		UpdateAdam(s[0], s[1], s[2], s[3], p)
		return
	}
	var k updateConstants[T]
	adamConstants(&k, &p)
	runUpdate(t, updateAdam, &s, &k)
}

func runUpdateAMSGrad[T Float](t Tier, c *Call) {
	s, p := updateSlices[T](c), adamCase(c)
	if t == public {
		UpdateAMSGrad(s[0], s[1], s[2], s[3], s[4], p)
		return
	}
	var k updateConstants[T]
	adamConstants(&k, &p)
	runUpdate(t, updateAMSGrad, &s, &k)
}

func runUpdateNAdam[T Float](t Tier, c *Call) {
	s, a := updateSlices[T](c), adamCase(c)
	p := NAdamParams{LR: a.LR, Beta1: a.Beta1, Beta2: a.Beta2, Eps: a.Eps, MomentumDecay: tableMomentumDecay,
		WeightDecay: a.WeightDecay, Decoupled: a.Decoupled, GradScale: a.GradScale}
	for range a.Step {
		p.Advance()
	}
	if t == public {
		UpdateNAdam(s[0], s[1], s[2], s[3], p)
		return
	}
	var k updateConstants[T]
	nadamConstants(&k, &p)
	runUpdate(t, updateNAdam, &s, &k)
}

func runUpdateLion[T Float](t Tier, c *Call) {
	s, a := updateSlices[T](c), adamCase(c)
	p := LionParams{LR: a.LR, Beta1: a.Beta1, Beta2: a.Beta2, WeightDecay: a.WeightDecay, Decoupled: a.Decoupled, GradScale: a.GradScale}
	if t == public {
		UpdateLion(s[0], s[1], s[2], p)
		return
	}
	var k updateConstants[T]
	lionConstants(&k, &p)
	runUpdate(t, updateLion, &s, &k)
}

func runUpdateAdagrad[T Float](t Tier, c *Call) {
	s, a := updateSlices[T](c), adamCase(c)
	p := AdagradParams{LR: a.LR, LRDecay: a.Beta2, Eps: a.Eps, WeightDecay: a.WeightDecay, Decoupled: a.Decoupled, GradScale: a.GradScale, Step: a.Step}
	if t == public {
		UpdateAdagrad(s[0], s[1], s[2], p)
		return
	}
	var k updateConstants[T]
	adagradConstants(&k, &p)
	runUpdate(t, updateAdagrad, &s, &k)
}

func runUpdateRMSProp[T Float](t Tier, c *Call) {
	s, h := updateSlices[T](c), rmsPropCases[c.Case]
	p := RMSPropParams{LR: h.LR, Alpha: h.Beta2, Eps: h.Eps, Centered: h.Centered, WeightDecay: h.WeightDecay,
		Decoupled: h.Decoupled, GradScale: h.GradScale}
	if h.Momentum {
		p.Momentum = h.Beta1
	}
	if t == public {
		UpdateRMSProp(s[0], s[1], s[2], s[3], s[4], p)
		return
	}
	var k updateConstants[T]
	rmsPropConstants(&k, &p)
	rule, s := rmsPropRule(s, p)
	runUpdate(t, rule, &s, &k)
}

func runUpdateAdadelta[T Float](t Tier, c *Call) {
	s, a := updateSlices[T](c), adamCase(c)
	p := AdadeltaParams{LR: a.LR, Rho: a.Beta2, Eps: a.Eps, WeightDecay: a.WeightDecay, Decoupled: a.Decoupled, GradScale: a.GradScale}
	if t == public {
		UpdateAdadelta(s[0], s[1], s[2], s[3], p)
		return
	}
	var k updateConstants[T]
	adadeltaConstants(&k, &p)
	runUpdate(t, updateAdadelta, &s, &k)
}
