package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
)

// ownLoss and ownStep are a loss and an optimizer of a user's own.
type (
	ownLoss struct {
		grad.SoftmaxCrossEntropy[float32]
		Own int
	}
	ownStep struct {
		*optim.SGD[float32]
		Own int
	}
)

// settled is a run with settings of each kind. Its layers have no tensors of the same shape.
func settled() *Trainer[float32] {
	norm := layer.NewBatchNorm[float32](8)
	net := layer.NewSequential[float32](layer.NewLinear[float32](10, 8, kernels.ActLeakyReLU(0.1)), norm,
		layer.NewDropout[float32](0.25),
		layer.NewResidual[float32](layer.NewActivation[float32](kernels.ActTanh),
			nil), layer.NewLinear[float32](8, 4, kernels.ActIdentity))
	layer.Initialize[float32](net, 1)
	tr := trainer[float32](net, 2, 20)
	adam := optim.NewAdamW[float32](0.01)
	tr.Optimizer = optim.NewGroups(optim.Group[float32]{Params: net.Params()[:2], Optimizer: adam,
		RateScale: 2},
		optim.Group[float32]{Params: net.Params()[2:], Optimizer: optim.NewMomentum[float32](0.5)})
	tr.Loss = grad.SoftmaxCrossEntropy[float32]{Smoothing: 0.1, ClassWeight: []float32{1, 2, 1, 1}}
	tr.Rate = optim.Warmup(2, optim.Constant(0.01))
	tr.Plateau = &optim.Plateau{Initial: 1, Factor: 0.5, Patience: 3}
	tr.Average = optim.NewAverage(net.Params(), 0.9)
	tr.Accumulate = 2
	return tr
}

// part returns layer i of the net of a run.
func part[L any](tr *Trainer[float32], i int) L {
	return any(tr.Model.(*layer.Sequential[float32]).Parts()[i]).(L)
}

// otherSettings are changes of one setting each, with what the error says of it.
var otherSettings = map[string]struct {
	allow, want string
	change      func(tr *Trainer[float32])
}{
	"beta": {"Optimizer", `Optimizer.0.Beta2 = "0.999", this one has "0.9"`, func(tr *Trainer[float32]) {
		group(tr, 0).(*optim.Adam[float32]).Beta2 = 0.9
	}},
	"eps": {"Optimizer.0.Eps", `Optimizer.0.Eps = "1e-08", this one has "1e-07"`, func(tr *Trainer[float32]) {
		group(tr, 0).(*optim.Adam[float32]).Eps = 1e-7
	}},
	"decay": {"Optimizer.0.Decay", `Optimizer.0.Decay.Lambda = "0.01", this one has "0.02"`,
		func(tr *Trainer[float32]) { group(tr, 0).(*optim.Adam[float32]).Decay.Lambda = 0.02 }},
	"momentum": {"Optimizer.1", `Optimizer.1.Mu = "0.5", this one has "0.25"`, func(tr *Trainer[float32]) {
		group(tr, 1).(*optim.Momentum[float32]).Mu = 0.25
	}},
	"scale of a group": {"Optimizer.1.RateScale", `Optimizer.1.RateScale = "1", this one has "3"`,
		func(tr *Trainer[float32]) {
			g := tr.Optimizer.(*optim.Groups[float32]).All()
			g[1].RateScale = 3
			tr.Optimizer = optim.NewGroups(g...)
		}},
	"order in a group": {"Optimizer.0.Params",
		`Optimizer.0.Params = "0.weight 0.bias", this one has "0.bias ` +
			`0.weight"`, func(tr *Trainer[float32]) {
			g := tr.Optimizer.(*optim.Groups[float32]).All()
			g[0].Params = []*layer.Param[float32]{g[0].Params[1], g[0].Params[0]}
			tr.Optimizer = optim.NewGroups(g...)
		}},
	"parameters without decay": {"Optimizer.NoDecay", `Optimizer.NoDecay = "0.bias`,
		func(tr *Trainer[float32]) {
			tr.Model.Params()[0].NoDecay = true
		}},
	"smoothing": {"Loss.Smoothing", `Loss.Smoothing = "0.1", this one has "0"`, func(tr *Trainer[float32]) {
		tr.Loss = grad.SoftmaxCrossEntropy[float32]{ClassWeight: []float32{1, 2, 1, 1}}
	}},
	"weights of classes": {"Loss", `Loss.ClassWeight = "[1 2 1 1]", this one has "[1 2 1 1.5]"`,
		func(tr *Trainer[float32]) {
			tr.Loss = grad.SoftmaxCrossEntropy[float32]{Smoothing: 0.1, ClassWeight: []float32{1, 2, 1, 1.5}}
		}},
	"loss": {"Loss", `Loss = "grad.SoftmaxCrossEntropy", this one has "train.ownLoss"`,
		func(tr *Trainer[float32]) { tr.Loss = ownLoss{} }},
	"rate": {"Rate", `Rate(0) = 0.005, this one has 0.01`, func(tr *Trainer[float32]) {
		tr.Rate = optim.Constant(0.01)
	}},
	"rate later": {"Rate", `Rate(4) = 0.01, this one has 0.001`, func(tr *Trainer[float32]) {
		tr.Rate = optim.Warmup(2, optim.Steps(0.01, 0.1, 2))
	}},
	"no rate": {"Rate", `Rate = a schedule, this one has none`, func(tr *Trainer[float32]) { tr.Rate = nil }},
	"plateau": {"Plateau", `Plateau.Factor = "0.5", this one has "0.1"`, func(tr *Trainer[float32]) {
		tr.Plateau.Factor = 0.1
	}},
	"average": {"Average", `Average.Beta = "0.9", this one has "0.99"`, func(tr *Trainer[float32]) {
		tr.Average = optim.NewAverage(tr.Model.Params(), 0.99)
	}},
	"accumulate": {"Accumulate", `Accumulate = "2", this one has "1"`, func(tr *Trainer[float32]) {
		tr.Accumulate = 0
	}},
	"balance": {"Balance", `Balance = "false", this one has "true"`, func(tr *Trainer[float32]) {
		tr.Balance = true
	}},
	"precision": {"Precision", `Precision = "highest", this one has "medium"`, func(tr *Trainer[float32]) {
		tr.Precision, tr.Warn = kernels.Medium, func(string) {} // it may not apply here
	}},
	"skipping": {"SkipNonFinite", `SkipNonFinite = "false", this one has "true"`, func(tr *Trainer[float32]) {
		tr.SkipNonFinite = true
	}},
	"clip": {"Clip", `Clip = "false", this one has "true"`, func(tr *Trainer[float32]) {
		tr.Clip = func(p []*layer.Param[float32]) float64 { return grad.ClipNorm(p, 1) }
	}},
	"activation": {"Net.0", `Net.0.Act = "leaky_relu(0.1)", this one has "tanh"`, func(tr *Trainer[float32]) {
		part[*layer.Linear[float32]](tr, 0).Act = kernels.ActTanh
	}},
	"eps of a norm": {"Net.1.Eps", `Net.1.Eps = "1e-05", this one has "0.001"`, func(tr *Trainer[float32]) {
		part[*layer.BatchNorm[float32]](tr, 1).Eps = 1e-3
	}},
	"dropout": {"Net.2.P", `Net.2.P = "0.25", this one has "0.5"`, func(tr *Trainer[float32]) {
		part[*layer.Dropout[float32]](tr, 2).P = 0.5
	}},
	"inside": {"Net", `Net.3.0.Act = "tanh", this one has "relu"`, func(tr *Trainer[float32]) {
		inner := part[*layer.Residual[float32]](tr, 3).Parts()[0]
		inner.(*layer.Activation[float32]).Act = kernels.ActReLU
	}},
}

func group(tr *Trainer[float32], i int) optim.Optimizer[float32] {
	return tr.Optimizer.(*optim.Groups[float32]).All()[i].Optimizer
}

// TestResumeWithOtherSettings: each setting that changes the numbers of a run is compared, the error has
// both values, nothing has changed, and Checkpoint.Allow lets one differ that is meant to.
func TestResumeWithOtherSettings(t *testing.T) {
	set, path := blobs[float32](60, 10, 4, 1), filepath.Join(t.TempDir(), "run")
	first := settled()
	first.Checkpoint = &Checkpoint{Path: path}
	stopped(t, first, set, 4)
	same := settled()
	same.Checkpoint = &Checkpoint{Path: copyFile(t, path), Resume: true}
	if _, err := same.Run(context.Background(), set); err != nil {
		t.Errorf("the same settings: %v", err)
	}
	for name, c := range otherSettings {
		tr := settled()
		c.change(tr)
		tr.Checkpoint = &Checkpoint{Path: path, Resume: true}
		before, plateau := slices.Clone(tr.Model.Params()[0].Value), *tr.Plateau
		_, err := tr.Run(context.Background(), set)
		if err == nil || !strings.HasPrefix(err.Error(), "train: "+path+" is of a run with ") ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
		if !slices.Equal(tr.Model.Params()[0].Value, before) || *tr.Plateau != plateau {
			t.Errorf("%s: the run has changed something", name)
		}
		tr.Checkpoint = &Checkpoint{Path: copyFile(t, path), Resume: true, Allow: []string{c.allow}}
		if _, err := tr.Run(context.Background(), set); err != nil &&
			(name != "accumulate" || !strings.Contains(err.Error(), "want fewer than Accumulate = 1")) {
			t.Errorf("%s: allowed: %v", name, err)
		}
	}
	for _, typo := range []string{"rate", "Optimizer.2", "Optimizer.0.Bet", "Net."} {
		tr := settled()
		tr.Checkpoint = &Checkpoint{Path: path, Resume: true, Allow: []string{typo}}
		if _, err := tr.Run(context.Background(), set); err == nil || !strings.Contains(err.Error(),
			"has no setting \""+typo+"\", which Checkpoint.Allow names, nor has this run") {
			t.Errorf("%s: %v", typo, err)
		}
	}
}

// copyFile returns the path of a copy.
func copyFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	copied := filepath.Join(t.TempDir(), "copy")
	if err == nil {
		err = os.WriteFile(copied, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

// stopped runs until so many batches are done.
func stopped(t *testing.T, tr *Trainer[float32], set *data.Set[float32], batches int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := 0
	tr.OnBatch = func(Progress) {
		if done++; done == batches {
			cancel()
		}
	}
	if _, err := tr.Run(ctx, set); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// TestResumeOfOwnTypes: of a loss and an optimizer of a user's own the name is compared alone.
func TestResumeOfOwnTypes(t *testing.T) {
	set, path := blobs[float32](60, 10, 4, 1), filepath.Join(t.TempDir(), "run")
	own := func(n int) *Trainer[float32] {
		tr := settled()
		tr.Loss, tr.Optimizer = ownLoss{Own: n}, ownStep{&optim.SGD[float32]{}, n}
		tr.Checkpoint = &Checkpoint{Path: path, Resume: true}
		return tr
	}
	stopped(t, own(1), set, 4)
	if _, err := own(2).Run(context.Background(), set); err != nil {
		t.Error(err)
	}
}

// TestResumeOfALongerRun: a run of more epochs has the rates of the shorter one, and a schedule that ends
// after a number of steps may not be asked for others.
func TestResumeOfALongerRun(t *testing.T) {
	set, path := blobs[float32](60, 10, 4, 1), filepath.Join(t.TempDir(), "run")
	rates := []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}
	run := func(epochs int) error {
		tr := settled()
		tr.Epochs, tr.Accumulate = epochs, 1
		tr.Rate = func(step int) float64 { return rates[:epochs*3][step] / 100 }
		tr.Checkpoint = &Checkpoint{Path: path, Resume: true}
		_, err := tr.Run(context.Background(), set)
		return err
	}
	for _, epochs := range []int{1, 3, 2} {
		if err := run(epochs); err != nil {
			t.Errorf("%d epochs: %v", epochs, err)
		}
	}
}

// TestResumeOfCounts: a model is saved with the bytes of one that was not interrupted, also where a layer
// counts the batches that it has seen.
func TestResumeOfCounts(t *testing.T) {
	set, dir := blobs[float32](60, 10, 4, 1), t.TempDir()
	path := filepath.Join(dir, "run")
	whole, first, second := settled(), settled(), settled()
	if _, err := whole.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	first.Checkpoint = &Checkpoint{Path: path}
	stopped(t, first, set, 4)
	second.Checkpoint = &Checkpoint{Path: path, Resume: true}
	if _, err := second.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for i, tr := range []*Trainer[float32]{whole, second} {
		path := filepath.Join(dir, string(rune('a'+i)))
		m := &model.Model[float32]{Net: tr.Model, In: 10, Output: model.OutputLogits}
		if err := model.Save(path, m); err != nil {
			t.Fatal(err)
		}
		text, err := model.ReadText(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text["model"])
	}
	if texts[0] != texts[1] || !strings.Contains(texts[0], `"batches":6`) {
		t.Errorf("got %s, want %s", texts[1], texts[0])
	}
}
