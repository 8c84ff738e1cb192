// Package plot draws what a training and a trained model have to show, for people to look at:
//
//	learning curves                    [LearningCurves]
//	a confusion matrix                 [Confusion]
//	ROC curves and calibration         [ROC], [ROCOfClasses], [Calibration]
//	the residuals of a regression      [Residuals]
//	the flow of gradients              [GradientFlow]
//	any other curves                   [Lines]
//
// Each returns a [Figure], which [Figure.Save] writes as PNG or SVG:
//
//	history, err := trainer.Run(ctx, set)
//	...
//	figure, err := plot.LearningCurves(history)
//	...
//	err = figure.Save("curves.png")
//
// The same data give the same bytes. Colours are those that Okabe and Ito chose for people with
// any kind of colour vision (https://jfly.uni-koeln.de/color/, 2008), and dashes tell apart what
// belongs together. Legends stand below the data. Where curves run over each other, each shows in
// turn. What cannot be drawn, such as NaN, is marked by a cross at the edge where it would be.
//
// The font, Liberation Sans, is part of a PNG. An SVG names it, with fonts of the same widths for
// machines without it. It has the letters of Latin, Greek, Cyrillic and Hebrew.
package plot
