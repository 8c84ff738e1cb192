package gonumblas

import (
	"flag"
	"testing"

	lapack "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/testlapack"
)

var long = flag.Bool("long", false, "run those of gonum's LAPACK tests too that take seconds")

// TestLapack runs gonum's public tests of LAPACK on its implementation, which calls the
// BLAS that is registered. The slow ones wait for -long.
func TestLapack(t *testing.T) {
	if testing.Short() {
		t.Skip("gonum's tests of LAPACK")
	}
	registered(t)
	for _, s := range lapackSuite {
		if s.slow && !*long {
			continue
		}
		t.Run(s.name, s.run)
	}
}

var impl lapack.Implementation

var lapackSuite = []struct {
	name string
	slow bool
	run  func(t *testing.T)
}{
	{"Dbdsqr", true, func(t *testing.T) { testlapack.DbdsqrTest(t, impl) }},
	{"Dgebak", true, func(t *testing.T) { testlapack.DgebakTest(t, impl) }},
	{"Dgebal", true, func(t *testing.T) { testlapack.DgebalTest(t, impl) }},
	{"Dgebd2", false, func(t *testing.T) { testlapack.Dgebd2Test(t, impl) }},
	{"Dgebrd", true, func(t *testing.T) { testlapack.DgebrdTest(t, impl) }},
	{"Dgecon", false, func(t *testing.T) { testlapack.DgeconTest(t, impl) }},
	{"Dgeev", true, func(t *testing.T) { testlapack.DgeevTest(t, impl) }},
	{"Dgehd2", false, func(t *testing.T) { testlapack.Dgehd2Test(t, impl) }},
	{"Dgehrd", true, func(t *testing.T) { testlapack.DgehrdTest(t, impl) }},
	{"Dgelq2", false, func(t *testing.T) { testlapack.Dgelq2Test(t, impl) }},
	{"Dgelqf", true, func(t *testing.T) { testlapack.DgelqfTest(t, impl) }},
	{"Dgels", true, func(t *testing.T) { testlapack.DgelsTest(t, impl) }},
	{"Dgeql2", false, func(t *testing.T) { testlapack.Dgeql2Test(t, impl) }},
	{"Dgeqp3", true, func(t *testing.T) { testlapack.Dgeqp3Test(t, impl) }},
	{"Dgeqr2", false, func(t *testing.T) { testlapack.Dgeqr2Test(t, impl) }},
	{"Dgeqrf", true, func(t *testing.T) { testlapack.DgeqrfTest(t, impl) }},
	{"Dgerq2", false, func(t *testing.T) { testlapack.Dgerq2Test(t, impl) }},
	{"Dgerqf", true, func(t *testing.T) { testlapack.DgerqfTest(t, impl) }},
	{"Dgesc2", false, func(t *testing.T) { testlapack.Dgesc2Test(t, impl) }},
	{"Dgesv", false, func(t *testing.T) { testlapack.DgesvTest(t, impl) }},
	{"Dgesvd", true, func(t *testing.T) { testlapack.DgesvdTest(t, impl, 1e-13) }},
	{"Dgetc2", false, func(t *testing.T) { testlapack.Dgetc2Test(t, impl) }},
	{"Dgetf2", false, func(t *testing.T) { testlapack.Dgetf2Test(t, impl) }},
	{"Dgetrf", false, func(t *testing.T) { testlapack.DgetrfTest(t, impl) }},
	{"Dgetri", false, func(t *testing.T) { testlapack.DgetriTest(t, impl) }},
	{"Dgetrs", false, func(t *testing.T) { testlapack.DgetrsTest(t, impl) }},
	{"Dgghrd", false, func(t *testing.T) { testlapack.DgghrdTest(t, impl) }},
	{"Dggsvd3", false, func(t *testing.T) { testlapack.Dggsvd3Test(t, impl) }},
	{"Dggsvp3", false, func(t *testing.T) { testlapack.Dggsvp3Test(t, impl) }},
	{"Dgtsv", false, func(t *testing.T) { testlapack.DgtsvTest(t, impl) }},
	{"Dhseqr", false, func(t *testing.T) { testlapack.DhseqrTest(t, impl) }},
	{"Dlabrd", false, func(t *testing.T) { testlapack.DlabrdTest(t, impl) }},
	{"Dlacn2", false, func(t *testing.T) { testlapack.Dlacn2Test(t, impl) }},
	{"Dlacpy", false, func(t *testing.T) { testlapack.DlacpyTest(t, impl) }},
	{"Dlae2", false, func(t *testing.T) { testlapack.Dlae2Test(t, impl) }},
	{"Dlaev2", false, func(t *testing.T) { testlapack.Dlaev2Test(t, impl) }},
	{"Dlaexc", false, func(t *testing.T) { testlapack.DlaexcTest(t, impl) }},
	{"Dlag2", false, func(t *testing.T) { testlapack.Dlag2Test(t, impl) }},
	{"Dlags2", false, func(t *testing.T) { testlapack.Dlags2Test(t, impl) }},
	{"Dlagtm", false, func(t *testing.T) { testlapack.DlagtmTest(t, impl) }},
	{"Dlahqr", true, func(t *testing.T) { testlapack.DlahqrTest(t, impl) }},
	{"Dlahr2", false, func(t *testing.T) { testlapack.Dlahr2Test(t, impl) }},
	{"Dlaln2", false, func(t *testing.T) { testlapack.Dlaln2Test(t, impl) }},
	{"Dlangb", false, func(t *testing.T) { testlapack.DlangbTest(t, impl) }},
	{"Dlange", false, func(t *testing.T) { testlapack.DlangeTest(t, impl) }},
	{"Dlangt", false, func(t *testing.T) { testlapack.DlangtTest(t, impl) }},
	{"Dlanhs", false, func(t *testing.T) { testlapack.DlanhsTest(t, impl) }},
	{"Dlansb", false, func(t *testing.T) { testlapack.DlansbTest(t, impl) }},
	{"Dlanst", false, func(t *testing.T) { testlapack.DlanstTest(t, impl) }},
	{"Dlansy", false, func(t *testing.T) { testlapack.DlansyTest(t, impl) }},
	{"Dlantb", false, func(t *testing.T) { testlapack.DlantbTest(t, impl) }},
	{"Dlantr", false, func(t *testing.T) { testlapack.DlantrTest(t, impl) }},
	{"Dlanv2", false, func(t *testing.T) { testlapack.Dlanv2Test(t, impl) }},
	{"Dlapll", false, func(t *testing.T) { testlapack.DlapllTest(t, impl) }},
	{"Dlapmr", false, func(t *testing.T) { testlapack.DlapmrTest(t, impl) }},
	{"Dlapmt", false, func(t *testing.T) { testlapack.DlapmtTest(t, impl) }},
	{"Dlapy2", false, func(t *testing.T) { testlapack.Dlapy2Test(t, impl) }},
	{"Dlaqp2", false, func(t *testing.T) { testlapack.Dlaqp2Test(t, impl) }},
	{"Dlaqps", false, func(t *testing.T) { testlapack.DlaqpsTest(t, impl) }},
	{"Dlaqr04", true, func(t *testing.T) { testlapack.Dlaqr04Test(t, impl) }},
	{"Dlaqr1", false, func(t *testing.T) { testlapack.Dlaqr1Test(t, impl) }},
	{"Dlaqr23", true, func(t *testing.T) { testlapack.Dlaqr23Test(t, impl) }},
	{"Dlaqr5", true, func(t *testing.T) { testlapack.Dlaqr5Test(t, impl) }},
	{"Dlarf", false, func(t *testing.T) { testlapack.DlarfTest(t, impl) }},
	{"Dlarfb", false, func(t *testing.T) { testlapack.DlarfbTest(t, impl) }},
	{"Dlarfg", false, func(t *testing.T) { testlapack.DlarfgTest(t, impl) }},
	{"Dlarft", false, func(t *testing.T) { testlapack.DlarftTest(t, impl) }},
	{"Dlarfx", false, func(t *testing.T) { testlapack.DlarfxTest(t, impl) }},
	{"Dlartg", false, func(t *testing.T) { testlapack.DlartgTest(t, impl) }},
	{"Dlas2", false, func(t *testing.T) { testlapack.Dlas2Test(t, impl) }},
	{"Dlascl", false, func(t *testing.T) { testlapack.DlasclTest(t, impl) }},
	{"Dlaset", false, func(t *testing.T) { testlapack.DlasetTest(t, impl) }},
	{"Dlasq1", false, func(t *testing.T) { testlapack.Dlasq1Test(t, impl) }},
	{"Dlasq2", false, func(t *testing.T) { testlapack.Dlasq2Test(t, impl) }},
	{"Dlasr", false, func(t *testing.T) { testlapack.DlasrTest(t, impl) }},
	{"Dlasrt", false, func(t *testing.T) { testlapack.DlasrtTest(t, impl) }},
	{"Dlassq", false, func(t *testing.T) { testlapack.DlassqTest(t, impl) }},
	{"Dlasv2", false, func(t *testing.T) { testlapack.Dlasv2Test(t, impl) }},
	{"Dlaswp", false, func(t *testing.T) { testlapack.DlaswpTest(t, impl) }},
	{"Dlasy2", false, func(t *testing.T) { testlapack.Dlasy2Test(t, impl) }},
	{"Dlatbs", false, func(t *testing.T) { testlapack.DlatbsTest(t, impl) }},
	{"Dlatrd", false, func(t *testing.T) { testlapack.DlatrdTest(t, impl) }},
	{"Dlatrs", false, func(t *testing.T) { testlapack.DlatrsTest(t, impl) }},
	{"Dlauu2", false, func(t *testing.T) { testlapack.Dlauu2Test(t, impl) }},
	{"Dlauum", false, func(t *testing.T) { testlapack.DlauumTest(t, impl) }},
	{"Dorg2l", false, func(t *testing.T) { testlapack.Dorg2lTest(t, impl) }},
	{"Dorg2r", false, func(t *testing.T) { testlapack.Dorg2rTest(t, impl) }},
	{"Dorgbr", false, func(t *testing.T) { testlapack.DorgbrTest(t, impl) }},
	{"Dorghr", true, func(t *testing.T) { testlapack.DorghrTest(t, impl) }},
	{"Dorgl2", false, func(t *testing.T) { testlapack.Dorgl2Test(t, impl) }},
	{"Dorglq", false, func(t *testing.T) { testlapack.DorglqTest(t, impl) }},
	{"Dorgql", true, func(t *testing.T) { testlapack.DorgqlTest(t, impl) }},
	{"Dorgqr", false, func(t *testing.T) { testlapack.DorgqrTest(t, impl) }},
	{"Dorgr2", false, func(t *testing.T) { testlapack.Dorgr2Test(t, impl) }},
	{"Dorgtr", false, func(t *testing.T) { testlapack.DorgtrTest(t, impl) }},
	{"Dorm2r", false, func(t *testing.T) { testlapack.Dorm2rTest(t, impl) }},
	{"Dormbr", true, func(t *testing.T) { testlapack.DormbrTest(t, impl) }},
	{"Dormhr", true, func(t *testing.T) { testlapack.DormhrTest(t, impl) }},
	{"Dorml2", false, func(t *testing.T) { testlapack.Dorml2Test(t, impl) }},
	{"Dormlq", true, func(t *testing.T) { testlapack.DormlqTest(t, impl) }},
	{"Dormqr", true, func(t *testing.T) { testlapack.DormqrTest(t, impl) }},
	{"Dormr2", false, func(t *testing.T) { testlapack.Dormr2Test(t, impl) }},
	{"Dpbcon", false, func(t *testing.T) { testlapack.DpbconTest(t, impl) }},
	{"Dpbtf2", false, func(t *testing.T) { testlapack.Dpbtf2Test(t, impl) }},
	{"Dpbtrf", false, func(t *testing.T) { testlapack.DpbtrfTest(t, impl) }},
	{"Dpbtrs", false, func(t *testing.T) { testlapack.DpbtrsTest(t, impl) }},
	{"Dpocon", false, func(t *testing.T) { testlapack.DpoconTest(t, impl) }},
	{"Dpotf2", false, func(t *testing.T) { testlapack.Dpotf2Test(t, impl) }},
	{"Dpotrf", false, func(t *testing.T) { testlapack.DpotrfTest(t, impl) }},
	{"Dpotri", false, func(t *testing.T) { testlapack.DpotriTest(t, impl) }},
	{"Dpotrs", false, func(t *testing.T) { testlapack.DpotrsTest(t, impl) }},
	{"Dpstf2", false, func(t *testing.T) { testlapack.Dpstf2Test(t, impl) }},
	{"Dpstrf", false, func(t *testing.T) { testlapack.DpstrfTest(t, impl) }},
	{"Dptcon", false, func(t *testing.T) { testlapack.DptconTest(t, impl) }},
	{"Dptsv", false, func(t *testing.T) { testlapack.DptsvTest(t, impl) }},
	{"Dpttrf", false, func(t *testing.T) { testlapack.DpttrfTest(t, impl) }},
	{"Dpttrs", false, func(t *testing.T) { testlapack.DpttrsTest(t, impl) }},
	{"Drscl", false, func(t *testing.T) { testlapack.DrsclTest(t, impl) }},
	{"Dsteqr", false, func(t *testing.T) { testlapack.DsteqrTest(t, impl) }},
	{"Dsterf", false, func(t *testing.T) { testlapack.DsterfTest(t, impl) }},
	{"Dsyev", false, func(t *testing.T) { testlapack.DsyevTest(t, impl) }},
	{"Dsytd2", false, func(t *testing.T) { testlapack.Dsytd2Test(t, impl) }},
	{"Dsytrd", true, func(t *testing.T) { testlapack.DsytrdTest(t, impl) }},
	{"Dtbtrs", false, func(t *testing.T) { testlapack.DtbtrsTest(t, impl) }},
	{"Dtgsja", false, func(t *testing.T) { testlapack.DtgsjaTest(t, impl) }},
	{"Dtrcon", false, func(t *testing.T) { testlapack.DtrconTest(t, impl) }},
	{"Dtrevc3", false, func(t *testing.T) { testlapack.Dtrevc3Test(t, impl) }},
	{"Dtrexc", false, func(t *testing.T) { testlapack.DtrexcTest(t, impl) }},
	{"Dtrti2", false, func(t *testing.T) { testlapack.Dtrti2Test(t, impl) }},
	{"Dtrtri", false, func(t *testing.T) { testlapack.DtrtriTest(t, impl) }},
	{"Dtrtrs", false, func(t *testing.T) { testlapack.DtrtrsTest(t, impl) }},
	{"Iladlc", false, func(t *testing.T) { testlapack.IladlcTest(t, impl) }},
	{"Iladlr", false, func(t *testing.T) { testlapack.IladlrTest(t, impl) }},
}
