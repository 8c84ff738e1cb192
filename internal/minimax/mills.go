package minimax

// MillsDen32 and MillsDen64 are the denominators Q of the ratio of Mills as a quotient, of which
// Mills32 and Mills64 are the numerators P: (1 - Phi(x)) e^(x^2/2) = P(x)/Q(x). They are those of the
// best rational approximation with P(0) = 1/2 and Q(0) = 1, rounded; a numerator that is the best for
// the rounded denominator makes up for the rounding. All coefficients are positive, so that no sum cancels.
var (
	MillsDen32 = [...]float32{
		0x1p+00,
		0x1.ab18fap+00,
		0x1.316b32p+00,
		0x1.da8c3ap-02,
		0x1.993dacp-04,
		0x1.487ab2p-07,
	}
	MillsDen64 = [...]float64{
		0x1p+00,
		0x1.39d8c011f400fp+01,
		0x1.6808183cc484ap+01,
		0x1.ff2b0498fddc9p+00,
		0x1.f4316dc8f7a16p-01,
		0x1.633028f37c8aap-02,
		0x1.76c7bca9fbbb1p-04,
		0x1.27023768f201p-06,
		0x1.5549c0e2e0284p-09,
		0x1.162fceabb6befp-12,
		0x1.2243002a8c631p-16,
		0x1.29e6c8a5b45adp-21,
	}
)
