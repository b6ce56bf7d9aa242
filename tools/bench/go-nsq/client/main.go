// The client benchmarks of runtime/bench over go-nsq: the flags and the line of JSON are those of
// runtime/bench/src/job.rs.
package main

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	nsq "github.com/nsqio/go-nsq"
)

const (
	size    = 200
	channel = "c"
	warmUp  = 300 * time.Millisecond
)

var (
	_        = flag.String("subject", "", "for others")
	_        = flag.Int("connections", 1, "for others")
	work     = flag.String("work", "call", "call, publish, consume or hold")
	nsqd     = flag.String("nsqd", "127.0.0.1:4150", "address")
	topic    = flag.String("topic", "bench", "topic")
	inFlight = flag.Int("in-flight", 1, "at once")
	buffer   = flag.String("buffer", "none", "none, default or ms25")
	millis   = flag.Int("millis", 1000, "how long")
	count    = flag.Int("count", 0, "messages")
)

type measured struct {
	Operations    int     `json:"operations"`
	Seconds       float64 `json:"seconds"`
	P50           float64 `json:"p50_us"`
	P99           float64 `json:"p99_us"`
	CPU           float64 `json:"cpu_seconds"`
	CPUOperations int     `json:"cpu_operations"`
	RSS           int     `json:"rss_kib"`
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func config() *nsq.Config {
	config := nsq.NewConfig()
	config.MaxInFlight = *inFlight
	switch *buffer {
	case "none":
		config.OutputBufferSize = -1
	case "ms25":
		config.OutputBufferTimeout = 25 * time.Millisecond
	}
	return config
}

func producer() *nsq.Producer {
	producer, err := nsq.NewProducer(*nsqd, config())
	must(err)
	producer.SetLoggerLevel(nsq.LogLevelError)
	must(producer.Ping())
	return producer
}

func consume(topic string, handlers int, handle nsq.HandlerFunc) {
	consumer, err := nsq.NewConsumer(topic, channel, config())
	must(err)
	consumer.SetLoggerLevel(nsq.LogLevelError)
	consumer.AddConcurrentHandlers(handle, handlers)
	must(consumer.ConnectToNSQD(*nsqd))
}

func main() {
	flag.Parse()
	begin := cpu()
	var result measured
	switch *work {
	case "call":
		result = call()
	case "publish":
		result = publish()
	case "consume":
		result = drain(true)
	case "hold":
		result = drain(false)
	}
	result.CPU = cpu() - begin
	result.RSS = rss()
	must(json.NewEncoder(os.Stdout).Encode(result))
}

// call keeps a function and inFlight callers going.
func call() measured {
	producer := producer()
	replies := *topic + "-replies"
	consume(*topic, *inFlight, func(request *nsq.Message) error {
		return producer.Publish(replies, request.Body)
	})
	var lock sync.Mutex
	waiting := map[uint64]chan struct{}{}
	consume(replies, 1, func(reply *nsq.Message) error {
		id := binary.BigEndian.Uint64(reply.Body)
		lock.Lock()
		caller := waiting[id]
		delete(waiting, id)
		lock.Unlock()
		if caller != nil {
			caller <- struct{}{}
		}
		return nil
	})
	var ids, all atomic.Uint64
	begin := time.Now()
	end := begin.Add(warmUp + time.Duration(*millis)*time.Millisecond)
	latencies := make([][]time.Duration, *inFlight)
	var callers sync.WaitGroup
	for number := range latencies {
		callers.Add(1)
		go func(number int) {
			defer callers.Done()
			answered := make(chan struct{}, 1)
			body := []byte(strings.Repeat("x", size))
			for time.Now().Before(end) {
				id, sent := ids.Add(1), time.Now()
				binary.BigEndian.PutUint64(body, id)
				lock.Lock()
				waiting[id] = answered
				lock.Unlock()
				must(producer.Publish(*topic, body))
				<-answered
				all.Add(1)
				now := time.Now()
				if now.After(begin.Add(warmUp)) && now.Before(end) {
					latencies[number] = append(latencies[number], now.Sub(sent))
				}
			}
		}(number)
	}
	callers.Wait()
	var together []time.Duration
	for _, some := range latencies {
		together = append(together, some...)
	}
	sort.Slice(together, func(a, b int) bool { return together[a] < together[b] })
	quantile := func(share float64) float64 {
		if len(together) == 0 {
			return 0
		}
		return float64(together[int(share*float64(len(together)-1))].Nanoseconds()) / 1e3
	}
	return measured{
		Operations: len(together), Seconds: float64(*millis) / 1e3,
		P50: quantile(0.5), P99: quantile(0.99), CPUOperations: int(all.Load()),
	}
}

// publish keeps inFlight publishes waiting for their OK.
func publish() measured {
	producer := producer()
	body := []byte(strings.Repeat("x", size))
	done := make(chan *nsq.ProducerTransaction, *inFlight)
	begin := time.Now()
	end := begin.Add(time.Duration(*millis) * time.Millisecond)
	for i := 0; i < *inFlight; i++ {
		must(producer.PublishAsync(*topic, body, done))
	}
	acked := 0
	for waiting := *inFlight; waiting > 0; {
		must((<-done).Error)
		acked++
		if time.Now().Before(end) {
			must(producer.PublishAsync(*topic, body, done))
		} else {
			waiting--
		}
	}
	return measured{Operations: acked, Seconds: time.Since(begin).Seconds(), CPUOperations: acked}
}

// drain takes count messages, and finishes them or holds them all.
func drain(finish bool) measured {
	var seen atomic.Int64
	var first atomic.Pointer[time.Time]
	var held sync.Map
	done := make(chan time.Time, 1)
	consume(*topic, 1, func(message *nsq.Message) error {
		if first.Load() == nil {
			now := time.Now()
			first.Store(&now)
		}
		if !finish {
			message.DisableAutoResponse()
			held.Store(message, true)
		}
		if seen.Add(1) == int64(*count) {
			done <- time.Now()
		}
		return nil
	})
	end := <-done
	if finish {
		// The last FINs are on their way.
		time.Sleep(100 * time.Millisecond)
	}
	return measured{Operations: *count, Seconds: end.Sub(*first.Load()).Seconds(), CPUOperations: *count}
}

func cpu() float64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	seconds := func(value syscall.Timeval) float64 {
		return float64(value.Sec) + float64(value.Usec)/1e6
	}
	return seconds(usage.Utime) + seconds(usage.Stime)
}

func rss() int {
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	for _, line := range strings.Split(string(status), "\n") {
		var kib int
		if _, err := fmt.Sscanf(line, "VmRSS: %d", &kib); err == nil {
			return kib
		}
	}
	return 0
}
