// A gateway and a function over go-nsq in the manner of the original system, for comparison: one
// producer, one consumer, default settings, so one message at a time on each connection; a reply
// topic of its own; publishes that nobody waits for; three seconds for an answer.
//
// Two things are kinder than the original: it is told its nsqd instead of waiting for a poll of
// nsqlookupd, and it registers a call before it publishes.
package main

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"io"
	"log"
	"net/http"
	"sync"
	"time"

	nsq "github.com/nsqio/go-nsq"
)

const (
	topic        = "test"
	channel      = "default"
	requestType  = "type.googleapis.com/kubefuncs.HTTPRequest"
	responseType = "type.googleapis.com/kubefuncs.HTTPResponse"
)

var (
	role   = flag.String("role", "gateway", "gateway or function")
	nsqd   = flag.String("nsqd", "127.0.0.1:4150", "address")
	listen = flag.String("listen", "127.0.0.1:8080", "address, of the gateway")
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	flag.Parse()
	producer, err := nsq.NewProducer(*nsqd, nsq.NewConfig())
	must(err)
	producer.SetLoggerLevel(nsq.LogLevelError)
	must(producer.Ping())
	if *role == "function" {
		subscribe(topic, channel, func(message *nsq.Message) error {
			request := fields(message.Body)
			answer := event(string(request[1]), string(request[3]), "", responseType,
				field(nil, 3, []byte("pong\n")))
			return producer.PublishAsync(string(request[3]), answer, nil)
		})
		select {}
	}
	gateway := &gateway{producer: producer, replies: "rpc-" + id() + "#ephemeral", waiting: map[string]chan []byte{}}
	must(producer.Publish(gateway.replies, event("ping", gateway.replies, "", requestType, nil)))
	subscribe(gateway.replies, channel+"#ephemeral", gateway.reply)
	must(http.ListenAndServe(*listen, gateway))
}

func subscribe(topic, channel string, handle nsq.HandlerFunc) {
	consumer, err := nsq.NewConsumer(topic, channel, nsq.NewConfig())
	must(err)
	consumer.SetLoggerLevel(nsq.LogLevelError)
	consumer.AddHandler(handle)
	must(consumer.ConnectToNSQD(*nsqd))
}

type gateway struct {
	producer *nsq.Producer
	replies  string
	lock     sync.Mutex
	waiting  map[string]chan []byte
}

func (g *gateway) reply(message *nsq.Message) error {
	reply := fields(message.Body)
	g.lock.Lock()
	caller := g.waiting[string(reply[1])]
	delete(g.waiting, string(reply[1]))
	g.lock.Unlock()
	if caller != nil {
		caller <- reply[4]
	}
	return nil
}

func (g *gateway) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	answer, err := g.call(request)
	if err != nil {
		response.WriteHeader(http.StatusInternalServerError)
		return
	}
	_, _ = response.Write(fields(fields(answer)[2])[3])
}

func (g *gateway) call(request *http.Request) ([]byte, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	id, answered := id(), make(chan []byte, 1)
	g.lock.Lock()
	g.waiting[id] = answered
	g.lock.Unlock()
	payload := field(field(nil, 1, []byte(request.URL.RequestURI())), 3, body)
	if err := g.producer.PublishAsync(topic, event(id, topic, g.replies, requestType, payload), nil); err != nil {
		return nil, err
	}
	select {
	case answer := <-answered:
		return answer, nil
	case <-time.After(3 * time.Second):
		g.lock.Lock()
		delete(g.waiting, id)
		g.lock.Unlock()
		return nil, errors.New("no answer")
	}
}

func id() string {
	var bytes [16]byte
	_, err := rand.Read(bytes[:])
	must(err)
	return hex.EncodeToString(bytes[:])
}

func event(id, topic, replies, kind string, payload []byte) []byte {
	anything := field(field(nil, 1, []byte(kind)), 2, payload)
	head := field(field(nil, 1, []byte(id)), 2, []byte(topic))
	return field(field(head, 3, []byte(replies)), 4, anything)
}

// field appends a protobuf field of bytes.
func field(to []byte, number uint64, value []byte) []byte {
	to = binary.AppendUvarint(to, number<<3|2)
	to = binary.AppendUvarint(to, uint64(len(value)))
	return append(to, value...)
}

// fields reads the fields of bytes, the last of each number; what is no such field ends it.
func fields(from []byte) map[uint64][]byte {
	found := map[uint64][]byte{}
	for len(from) > 0 {
		key, n := binary.Uvarint(from)
		if n <= 0 {
			return found
		}
		from = from[n:]
		length, n := binary.Uvarint(from)
		if n <= 0 {
			return found
		}
		from = from[n:]
		if key&7 != 2 {
			continue // a number: it has been read
		}
		if length > uint64(len(from)) {
			return found
		}
		found[key>>3] = from[:length]
		from = from[length:]
	}
	return found
}
