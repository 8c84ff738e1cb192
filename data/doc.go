// Package data reads labelled samples and deals them out in mini-batches.
//
// A [Set] holds the samples of a classification or a regression: a row-major matrix X of
// features, and one class or some values a row. A row of unknown class has the label
// [Ignored]. A set comes from
//
//   - IDX files, the format of MNIST: [ReadIDX] or [ReadIDXFile] for images and
//     for labels, then [FromIDX];
//   - CSV: [ReadCSV] or [ReadCSVFile];
//   - the npy and npz files of numpy: [ReadNPYFile] or [ReadNPZFile] for the features and for the
//     targets, then [FromArrays] or, for a regression, [FromArraysValues]. [WriteNPYFile] and
//     [WriteNPZFile] write such files;
//   - matrices of gonum, rows of numbers and structs: [FromMatrix], [FromRows], [FromStructs], and
//     [FromMatrixValues] and [FromRowsValues] for a regression;
//   - a [Table], see below;
//   - the program itself: fill in the fields, and [Set.Check] tells whether they
//     agree.
//
// Every reader unzips what starts with the magic number of gzip.
//
// [Set.Split] and [Set.SplitStratified] cut a set in two. [Standardize] measures
// the mean and deviation of every feature on the training set, and [Set.Apply]
// removes them from that set and from every other. A [Batcher] shuffles the rows
// and copies mini-batches into buffers of the caller, allocating nothing.
//
// # Tables
//
// A [Table] holds data as people have them, before they are numbers: named columns of numbers,
// categories and texts, in which cells may be missing. It comes from
//
//   - CSV and its relatives: [ReadTableFile] or [ReadTable] find out the separator, the decimal
//     sign, the header and the kinds of the columns. [Table.String] prints what they found, and
//     [TableOptions] overrides it;
//   - arrays of numpy, IDX files, matrices of gonum and rows of numbers: [TableFromArray],
//     [TableFromIDX], [TableFromMatrix], [TableFromRows];
//   - structs and the rows of a client's JSON: [TableFromStructs] and [TableFromMaps];
//   - columns: [NumberColumn], [CategoryColumn] and [TextColumn], then [NewTable].
//
// [Table.Choose] and [Table.Drop] take columns, [Table.Select] and [Table.DropMissing] take rows, and
// [Table.WriteCSV] writes a table. [Table.Split] cuts it in two at random, [Table.SplitStratified]
// with the values of a column in proportion, [Table.SplitGrouped] with equal ones together, and
// [Table.SplitSorted] in the order of time. [Table.Folds], [Table.FoldsStratified] and
// [Table.FoldsGrouped] deal the rows for a cross-validation. A part of a table knows only the
// categories of its own rows.
//
// # Pipelines
//
// A [Pipeline] is a plan: steps that choose columns of a table, fill missing values, scale numbers
// and turn categories into numbers, and a target with classes or with values that may be scaled.
// [AutoPipeline] makes one for a table. [Pipeline.Fit] measures what the plan needs, and returns a
// [Fitted], which turns rows into features and targets:
//
//	train, test, err := table.Split(0.8, seed)
//	f, trainSet, testSet, err := data.FitSplit[float32](plan, train, test)
//	x, err := data.FeatureRow[float32](f, map[string]any{"area": 70.5, "city": "Berlin"})
//	data.Unscale(f, predictions)
//
// New rows come from [Fitted.ReadTable], which keeps the texts of a category that look like numbers.
//
// Everything that a Fitted knows it has from the training rows: means, ranges, levels of categories
// and names of classes. A mean over all rows would carry a little of the test rows into training,
// and the test would then promise more than new rows will give. [FitSplit] and [FitFolds] leave no
// way for that, since only the training rows reach the measurements.
//
// A Fitted is kept as JSON, and [Fitted.Operations] tells other programs what it does.
// [Set.Oversample] and [Set.Undersample] balance the classes of a training set.
//
// # Streams
//
// Rows that do not fit in memory are read anew in each epoch. A [Source] is a sequence of rows that
// can be read again: [CSVSource] and [TableSource] for rows of text, the latter through a [Fitted],
// [NPYSource], [NPYValuesSource] and [IDXSource] for arrays, and [SetSource] for rows in memory.
// [JoinSources] puts files one after the other, and [MapSource] changes rows as they pass, such as
// by [Set.Apply]. [NewStream] reads a source once: it finds what is wrong with it, and what
// [Survey] says of its rows. train.Trainer.RunStream trains on the stream.
//
//	source, err := data.TableSource[float32]("rents.csv", data.TableOptions{}, fitted)
//	stream, err := data.NewStream(source, 10_000)
//	history, err := trainer.RunStream(ctx, stream)
//
// A [Dealer] fills a shuffle buffer of B rows from the source. Then it draws a random place of the
// buffer for each row that it deals out, and puts the next row of the source there; when the source
// has ended, the last row of the buffer. So each row comes once an epoch. Row i of the source, from
// 0, comes at place i-B+1 at the earliest; how late it comes has no limit, but half of all rows wait
// less than 0.7 B places, and one of 20 more than 3 B. With B = 1 the rows keep their order. With B as
// large as the source every order is as likely as any other, as with a [Batcher], whose orders are
// other ones. A file sorted by class needs that, or rows that were shuffled once before. The memory is
// that of B rows and of [Stream].Ahead + 1 mini-batches.
//
// The order depends on the rows, B, the seed and the epoch only: not on the number of threads, nor on
// Ahead, the number of mini-batches that a goroutine prepares while the steps of training run. To
// go on within an epoch the rows before are read again and passed over. An error names the file and
// the line or byte. A source that has other rows than at first is an error too.
//
// Text takes longer to read than a small net to learn from it: a net of 30-128-64-2 takes 3000 steps
// a second of 128 rows in memory, 2200 of a CSV file with Ahead = 4, and 1800 with Ahead = 0 (go test
// ./train -bench StreamedStep; medians of 5, each within 12 %, but 24 % in memory; 2 cores of a Xeon of
// family 6, model 167, with other programs running). Arrays are read faster: nothing of them is text.
//
// # Errors
//
// Input is not trusted. Damage gives a [*FormatError] with the file, the place, what
// was expected and what was found, in one line:
//
//	data: train.idx: byte 708: the data end here, want 784 bytes of elements, found 692
//	data: iris.csv: line 3, column 5: "setosa" is no class, want an integer
//
// Readers allocate in proportion to the bytes that arrive, never to a size that a header
// claims. [ReadNPY], [ReadIDX], [ReadNPZ], [ReadCSV], [ReadTable] and [Fitted.UnmarshalJSON] say how
// much at most. What a compressed stream inflates to is limited in proportion to its length, unless
// the caller gives another [Limit]. No function returns half a result beside an error.
//
// Programmer errors panic with an error, before anything is written: fields of a set that
// do not agree, a buffer that is too short, a batch size below 1. [NewBatcher],
// [Batcher.Next], [Batcher.Skip], [Stream.Deal], [Dealer.Start], [Standardize], [Set.Apply],
// [Set.Select], [Set.Row], [Set.Target], [Set.Survey], [Table.Select], [Column.Text] and
// [Column.IsMissing] do so.
//
// # Reproducibility
//
// Splits depend on the set or table, the fraction or number of folds, and the seed only; the
// order of an epoch on the number of rows, the seed and the epoch only, so that training resumed
// at epoch 7 sees what it would have seen without the break. The random numbers are those of
// ChaCha8 with the seed as key, and are the same on every machine.
package data
