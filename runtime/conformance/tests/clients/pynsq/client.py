"""Publishes and consumes with pynsq, and says "done" when everything was finished.

    client.py NSQD LOOKUPD TOPIC

With NSQ_TLS_CA, a file, and NSQ_AUTH_SECRET it does so over TLS and with AUTH. (Not compressed:
over TLS pynsq cannot read that.)
"""

import os
import sys

import nsq
import tornado.ioloop

MESSAGES = 100
NSQD, LOOKUPD, TOPIC = sys.argv[1:4]
SECURITY = {}
if "NSQ_TLS_CA" in os.environ:
    SECURITY = {
        "tls_v1": True,
        "tls_options": {"ca_certs": os.environ["NSQ_TLS_CA"]},
        "auth_secret": os.environ["NSQ_AUTH_SECRET"],
    }

loop = tornado.ioloop.IOLoop.current()
finished = set()
answered = []
failures = []


def fail(what):
    failures.append(what)
    loop.stop()


def published(_connection, data):
    if data != b"OK":
        return fail(f"a publish was answered by {data!r}")
    answered.append(data)
    stop_when_done()


def publish():
    many = []
    for number in range(MESSAGES):
        body = str(number).encode()
        if number % 2 == 0:
            writer.pub(TOPIC, body, callback=published)
        else:
            many.append(body)
    writer.mpub(TOPIC, many, callback=published)
    writer.dpub(TOPIC, 300, b"deferred", callback=published)


def publish_when_connected():
    if writer.conns:
        publish()
    else:
        loop.call_later(0.01, publish_when_connected)


def handle(message):
    message.touch()
    if message.attempts == 1 and message.body == b"7":
        message.requeue(backoff=False, delay=0)
        return None
    finished.add(message.body)
    # After the FIN, which follows the return.
    loop.call_later(0.1, stop_when_done)
    return True


def stop_when_done():
    if len(finished) == MESSAGES + 1 and len(answered) == MESSAGES // 2 + 2:
        loop.stop()


writer = nsq.Writer([NSQD], heartbeat_interval=2, **SECURITY)
publish_when_connected()
reader = nsq.Reader(
    message_handler=handle,
    lookupd_http_addresses=[f"http://{LOOKUPD}"],
    lookupd_poll_interval=1,
    lookupd_poll_jitter=0.0,
    topic=TOPIC,
    channel="c",
    max_in_flight=10,
    heartbeat_interval=2,
    output_buffer_timeout=25,
    **SECURITY,
)
loop.call_later(60, lambda: fail(f"{len(finished)} finished, {len(answered)} answered"))
loop.start()
if failures:
    sys.exit(failures[0])
print("done")
