module github.com/ashlar-go/ashlar/tools/installtest

go 1.26.0

require golang.org/x/mod v0.43.0
