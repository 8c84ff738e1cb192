package algo

// updates are the rows of the optimizer updates.
var updates = []*Kernel{
	{Name: "UpdateSGD", Family: "update", Params: "w, g []T, c *updateConstants[T]",
		Doc: "computes d = fma(c1, w, c0*g); w = fma(-c3, d, c2*w).", body: updateSGD},
	{Name: "UpdateMomentum", Family: "update", Params: "w, g, v []T, c *updateConstants[T]",
		Doc: "computes d as UpdateSGD; v = flush(fma(c4, v, d)); w = fma(-c3, v, c2*w),\n" +
			"where flush(x) = |x| < c10 ? 0 : x.", body: updateMomentum},
	{Name: "UpdateNesterov", Family: "update", Params: "w, g, v []T, c *updateConstants[T]",
		Doc: "computes d and v as UpdateMomentum; w = fma(-c3, fma(c4, v, d), c2*w).", body: updateNesterov},
	{Name: "UpdateAdam", Family: "update", Params: "w, g, m, v []T, c *updateConstants[T]",
		Doc: "computes d = min(max(fma(c1, w, c0*g), c14), c13), NaN kept; m = flush(fma(c5, d, c4*m));\n" +
			"v = flush(fma(c7*d, d, c6*v)); w = c2*w - (c3*m) / fma(sqrt(v), c8, c9),\n" +
			"where flush(x) = |x| < c10 ? 0 : x.",
		body: updateAdam},
	{Name: "UpdateAMSGrad", Family: "update", Params: "w, g, m, v, top []T, c *updateConstants[T]",
		Doc: "computes d, m and v as UpdateAdam; top = max(top, v), NaN if one of them is;\n" +
			"w = c2*w - (c3*m) / fma(sqrt(top), c8, c9).", body: updateAMSGrad},
	{Name: "UpdateNAdam", Family: "update", Params: "w, g, m, v []T, c *updateConstants[T]",
		Doc:  "computes d, m and v as UpdateAdam; w = c2*w - fma(c3, m, c11*d) / fma(sqrt(v), c8, c9).",
		body: updateNAdam},
	{Name: "UpdateLion", Family: "update", Params: "w, g, m []T, c *updateConstants[T]",
		Doc: "computes d as UpdateSGD; q = sign(fma(c5, d, c4*m)); m = flush(fma(c7, d, c6*m));\n" +
			"w = fma(-c3, q, c2*w).", body: updateLion},
	{Name: "UpdateAdagrad", Family: "update", Params: "w, g, s []T, c *updateConstants[T]",
		Doc:  "computes d as UpdateAdam; s = flush(fma(d, d, s)); w = fma(-c3, d/(sqrt(s)+c9), c2*w).",
		body: updateAdagrad},
	{Name: "UpdateRMSProp", Family: "update", Params: "w, g, v []T, c *updateConstants[T]",
		Doc: "computes d and v as UpdateAdam; w = fma(-c3, d/(sqrt(v)+c9), c2*w).", body: updateRMSProp},
	{Name: "UpdateRMSPropCentered", Family: "update", Params: "w, g, v, mean []T, c *updateConstants[T]",
		Doc: "computes d and v as UpdateAdam; mean = flush(fma(c7, d, c6*mean));\n" +
			"w = fma(-c3, d/(sqrt(max(0, fma(-mean, mean, v)))+c9), c2*w).", body: updateRMSPropCentered},
	{Name: "UpdateRMSPropMomentum", Family: "update", Params: "w, g, v, velocity []T, c *updateConstants[T]",
		Doc: "computes d and v as UpdateAdam; velocity = flush(fma(c4, velocity, d/(sqrt(v)+c9)));\n" +
			"w = fma(-c3, velocity, c2*w).", body: updateRMSPropMomentum},
	{Name: "UpdateRMSPropCenteredMomentum", Family: "update",
		Params: "w, g, v, mean, velocity []T, c *updateConstants[T]",
		Doc:    "is UpdateRMSPropMomentum with the root of UpdateRMSPropCentered.",
		body:   updateRMSPropCenteredMomentum},
	{Name: "UpdateAdadelta", Family: "update", Params: "w, g, v, u []T, c *updateConstants[T]",
		Doc: "computes d and v as UpdateAdam; q = sqrt((u+c9)/(v+c9))*d; u = flush(fma(c7*q, q, c6*u));\n" +
			"w = fma(-c3, q, c2*w).", body: updateAdadelta},
}
