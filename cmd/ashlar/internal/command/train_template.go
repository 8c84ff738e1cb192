package command

// configTemplate is a file for train --config with every setting and its default.
const configTemplate = `# Settings of ashlar train, each with its default. Flags count more than this file.
# A name that is none of these is an error.
target = ""            # the column to predict; "" is the last one
task = "auto"          # auto, classes or values
out = ""               # path of the files without suffix; "" is that of the data
seed = 1               # decides every random choice
threads = 0            # 0: all

[table]
separator = ""         # between cells, such as ";" or "tab"; "" infers it
decimal = ""           # before a fraction, "." or ","; "" infers it
comment = ""           # lines that begin with it are left out
missing = []           # cells without a value; [] takes the usual, such as NA
drop = []              # columns to leave out
labels = ""            # file with the target, such as labels of IDX
kinds = {}             # kinds of columns: {zip = "category", id = "text"}

[split]
validation = 0.15      # of the rows: they decide when to stop
test = 0.15            # of the rows: they only measure
test_file = ""         # file with the rows of the test, in place of a fraction

[net]
# hidden = [64, 32]    # sizes of the hidden layers; without it by the rows
activation = "relu"
# dropout = 0.2        # fraction of hidden units left out; without it by the rows
batchnorm = false

[train]
epochs = 200           # at most
batch = 0              # rows of a batch; 0: by the rows
optimizer = "adamw"    # adam, nadam, sgd, momentum, nesterov, rmsprop, adagrad, lion
lr = 0.0               # learning rate; 0: by the optimizer
schedule = "plateau"   # constant, cosine, onecycle
weight_decay = 0.01    # of adamw and lion
patience = 20          # epochs without progress before the end; 0: never
clip = 0.0             # longest gradient; 0: any
balance = false        # give each class the same weight
precision = "highest"  # of the products of training: high, medium
`
