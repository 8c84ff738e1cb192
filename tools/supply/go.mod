module github.com/ashlar-go/ashlar/tools/supply

go 1.26.0

require (
	github.com/ashlar-go/ashlar v0.1.0
	github.com/google/licensecheck v0.3.1
)
