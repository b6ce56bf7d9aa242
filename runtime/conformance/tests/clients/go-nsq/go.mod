// A released client, to see that the embedded broker serves it; nothing here is part of a product.
module kubefuncs.invalid/conformance/go-nsq

go 1.17

require github.com/nsqio/go-nsq v1.1.0

require github.com/golang/snappy v0.0.4 // indirect
