module github.com/ashlar-go/ashlar/tools/docs

go 1.26.0
