package spec

import "github.com/ashlar-go/ashlar/kernels"

// How the table calls the updates.

// updateSlices are the operands of an update.
func updateSlices[T kernels.Float](c *Call) (s [5][]T) {
	for i := range c.Operands {
		s[i] = slice[T](c, i)
	}
	return s
}

func sgdCase(c *Call) kernels.SGDParams {
	h := updateCases[c.Case]
	return kernels.SGDParams{LR: h.LR, Momentum: h.Beta1,
		WeightDecay: h.WeightDecay, Decoupled: h.Decoupled, GradScale: h.GradScale}
}

func adamCase(c *Call) kernels.AdamParams {
	h := updateCases[c.Case]
	return kernels.AdamParams{LR: h.LR, Beta1: h.Beta1, Beta2: h.Beta2, Eps: h.Eps,
		WeightDecay: h.WeightDecay, Decoupled: h.Decoupled, GradScale: h.GradScale, Step: h.Step}
}

func runUpdateSGD[T kernels.Float](c *Call) {
	s, p := updateSlices[T](c), sgdCase(c)
	kernels.UpdateSGD(s[0], s[1], p)
}

func runUpdateMomentum[T kernels.Float](c *Call) {
	s, p := updateSlices[T](c), sgdCase(c)
	kernels.UpdateMomentum(s[0], s[1], s[2], p)
}

func runUpdateNesterov[T kernels.Float](c *Call) {
	s, p := updateSlices[T](c), sgdCase(c)
	kernels.UpdateNesterov(s[0], s[1], s[2], p)
}

func runUpdateAdam[T kernels.Float](c *Call) {
	s, p := updateSlices[T](c), adamCase(c)
	kernels.UpdateAdam(s[0], s[1], s[2], s[3], p)
}

func runUpdateAMSGrad[T kernels.Float](c *Call) {
	s, p := updateSlices[T](c), adamCase(c)
	kernels.UpdateAMSGrad(s[0], s[1], s[2], s[3], s[4], p)
}

func runUpdateNAdam[T kernels.Float](c *Call) {
	s, a := updateSlices[T](c), adamCase(c)
	p := kernels.NAdamParams{LR: a.LR, Beta1: a.Beta1, Beta2: a.Beta2, Eps: a.Eps,
		MomentumDecay: tableMomentumDecay, WeightDecay: a.WeightDecay, Decoupled: a.Decoupled,
		GradScale: a.GradScale}
	for range a.Step {
		p.Advance()
	}
	kernels.UpdateNAdam(s[0], s[1], s[2], s[3], p)
}

func runUpdateLion[T kernels.Float](c *Call) {
	s, a := updateSlices[T](c), adamCase(c)
	p := kernels.LionParams{LR: a.LR, Beta1: a.Beta1, Beta2: a.Beta2,
		WeightDecay: a.WeightDecay, Decoupled: a.Decoupled, GradScale: a.GradScale}
	kernels.UpdateLion(s[0], s[1], s[2], p)
}

func runUpdateAdagrad[T kernels.Float](c *Call) {
	s, a := updateSlices[T](c), adamCase(c)
	p := kernels.AdagradParams{LR: a.LR, LRDecay: a.Beta2, Eps: a.Eps,
		WeightDecay: a.WeightDecay, Decoupled: a.Decoupled, GradScale: a.GradScale, Step: a.Step}
	kernels.UpdateAdagrad(s[0], s[1], s[2], p)
}

func runUpdateRMSProp[T kernels.Float](c *Call) {
	s, h := updateSlices[T](c), rmsPropCases[c.Case]
	p := kernels.RMSPropParams{LR: h.LR, Alpha: h.Beta2, Eps: h.Eps, Centered: h.Centered,
		WeightDecay: h.WeightDecay, Decoupled: h.Decoupled, GradScale: h.GradScale}
	if h.Momentum {
		p.Momentum = h.Beta1
	}
	kernels.UpdateRMSProp(s[0], s[1], s[2], s[3], s[4], p)
}

func runUpdateAdadelta[T kernels.Float](c *Call) {
	s, a := updateSlices[T](c), adamCase(c)
	p := kernels.AdadeltaParams{LR: a.LR, Rho: a.Beta2, Eps: a.Eps,
		WeightDecay: a.WeightDecay, Decoupled: a.Decoupled, GradScale: a.GradScale}
	kernels.UpdateAdadelta(s[0], s[1], s[2], s[3], p)
}
