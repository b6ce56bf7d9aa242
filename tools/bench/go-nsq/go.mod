// What runtime/bench compares with: programs of ours over go-nsq; nothing here is part of a product.
module kubefuncs.invalid/tools/bench/go-nsq

go 1.21

require github.com/nsqio/go-nsq v1.1.0

require github.com/golang/snappy v0.0.4 // indirect
