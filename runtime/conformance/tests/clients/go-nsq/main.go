// Publishes and consumes with go-nsq, and says "done" when everything was finished.
//
//	client NSQD LOOKUPD TOPIC
//
// With NSQ_TLS_CA, a file, and NSQ_AUTH_SECRET it does so over TLS and deflate, and with AUTH.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/nsqio/go-nsq"
)

const messages = 100

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	nsqd, lookupd, topic := os.Args[1], os.Args[2], os.Args[3]
	config := nsq.NewConfig()
	config.MaxInFlight = 10
	config.LookupdPollInterval = 100 * time.Millisecond
	config.HeartbeatInterval = time.Second
	config.OutputBufferTimeout = 25 * time.Millisecond
	if ca := os.Getenv("NSQ_TLS_CA"); ca != "" {
		check(config.Set("tls_v1", true))
		check(config.Set("tls_root_ca_file", ca))
		check(config.Set("deflate", true))
		check(config.Set("auth_secret", os.Getenv("NSQ_AUTH_SECRET")))
	}

	producer, err := nsq.NewProducer(nsqd, config)
	check(err)
	check(producer.Ping())
	var many [][]byte
	for i := 0; i < messages; i++ {
		body := []byte(fmt.Sprint(i))
		if i%2 == 0 {
			check(producer.Publish(topic, body))
		} else {
			many = append(many, body)
		}
	}
	check(producer.MultiPublish(topic, many))
	check(producer.DeferredPublish(topic, 300*time.Millisecond, []byte("deferred")))

	consumer, err := nsq.NewConsumer(topic, "c", config)
	check(err)
	var lock sync.Mutex
	finished := map[string]bool{}
	all := make(chan bool, 1)
	consumer.AddConcurrentHandlers(nsq.HandlerFunc(func(message *nsq.Message) error {
		message.Touch()
		if message.Attempts == 1 && string(message.Body) == "7" {
			message.RequeueWithoutBackoff(0)
			return nil
		}
		lock.Lock()
		finished[string(message.Body)] = true
		if len(finished) == messages+1 {
			select {
			case all <- true:
			default:
			}
		}
		lock.Unlock()
		return nil
	}), 4)
	check(consumer.ConnectToNSQLookupd(lookupd))
	select {
	case <-all:
	case <-time.After(time.Minute):
		check(fmt.Errorf("%d of %d messages in a minute", len(finished), messages+1))
	}
	consumer.Stop()
	<-consumer.StopChan
	producer.Stop()
	fmt.Println("done")
}
