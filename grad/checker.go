package grad

// Checker is a loss that can say whether it fits a model and its task before it is used. All
// losses of this package are.
type Checker interface {
	// Check returns an error unless the settings of the loss are possible and it can measure
	// a model of so many outputs on so many classes, 0 for a regression. The error names the
	// setting, what it is and what it should be.
	Check(outputs, classes int) error
}
