//! How to publish, consume and stay safe with it: a guide, with what is promised at each step.
//!
//! - [Publishing](#publishing): outcomes, pipelines, nodes that stall
//! - [Consuming](#consuming): handlers, retries, answers, the end
//! - [Security](#security): TLS, AUTH, who may be dialled
//! - [Buffers and compression](#buffers-and-compression)
//! - [Delivery semantics](#delivery-semantics)
//! - [Cancellation](#cancellation)
//! - [Watching it](#watching-it)
//!
//! # Publishing
//!
//! A [`Producer`] publishes to any node that works:
//!
//! ```no_run
//! use kubefuncs_nsq::{Discovery, LookupConfig, Producer, ProducerConfig, PublishErrorKind, Topic};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let discovery = Discovery::lookupd(LookupConfig::new(["nsqlookupd:4161".parse()?]));
//! let producer = Producer::start(ProducerConfig::default(), &discovery);
//! producer.ready().wait_for(|nodes| !nodes.is_empty()).await?;
//! let orders = Topic::new("orders")?;
//! match producer.publish(&orders, "a body of at least one byte".into()).await {
//!     Ok(()) => println!("stored by one nsqd"),
//!     Err(error) if error.may_be_stored() => println!("perhaps stored: {error}"),
//!     Err(error) if error.kind() == PublishErrorKind::Size => println!("never stored: {error}"),
//!     Err(error) => println!("not stored, try again later: {error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Each publish has exactly one outcome:
//!
//! | Outcome | Stored? | Again? |
//! |---|---|---|
//! | `Ok(())` | yes: in the memory or file of one nsqd, on no other | – |
//! | [`Size`] | no, nothing was written | not as it is |
//! | [`NotSent`] | no | yes |
//! | [`Rejected`] | no; [`PublishError::server_error`] has nsqd's code | as the code says |
//! | [`Unknown`] | perhaps | only if the consumers can live with two |
//!
//! The producer itself tries the next node after [`NotSent`], and after a rejection that is that
//! node's own trouble (a full disk); never after [`Unknown`]. nsqd closes a connection over each
//! rejected publish; what was pipelined behind it was never executed, and is [`NotSent`].
//!
//! ## One connection, in three steps
//!
//! A [`Connection`] lets one reserve room (here a full queue makes its publishers wait), send
//! (queued at once, in order), and learn the outcome, each when it suits:
//!
//! ```no_run
//! # use kubefuncs_nsq::{Connection, ConnectionConfig, Topic};
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let connection =
//!     Connection::connect(&"127.0.0.1:4150".parse()?, &ConnectionConfig::default()).await?;
//! let topic = Topic::new("orders")?;
//! let mut under_way = Vec::new();
//! for order in ["one", "two", "three"] {
//!     under_way.push(connection.reserve(&topic, order.into()).await?.send());
//! }
//! for publishing in under_way {
//!     publishing.await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! That is a pipeline: all three are written together, nsqd answers each, and each has an outcome of
//! its own. With [`Reserved::send_joined`] those that are queued together go out as one command
//! (MPUB), which costs nsqd about a third less for small messages. But that command has one answer:
//! when nsqd fails half-way some of its messages are stored, none can be told from the others, and
//! the outcome of all is unknown. It is for messages of which a second one does no harm, such as
//! answers to somebody who waits for the first ([`Delivery::answer_joined`]).
//!
//! ## A node that stalls
//!
//! A full disk, a stopped process or a broken network can leave publishes without an answer. A node
//! that takes far longer than it usually does is left out until it answers again: [`StallConfig`]
//! has the formula. Publishes that were written there wait on for their outcome, up to
//! [`ConnectionConfig::reply_timeout`]; those that were not go to another node.
//!
//! # Consuming
//!
//! A [`Consumer`] subscribes on every node, and has at most `max_in_flight` deliveries out at once,
//! over all of them:
//!
//! ```no_run
//! use std::time::Duration;
//! use kubefuncs_nsq::{Channel, Consumer, ConsumerConfig, Delivery, Discovery, Topic};
//!
//! # async fn handle(body: &[u8]) -> Result<(), String> { Ok(()) }
//! # async fn example(discovery: &Discovery) -> Result<(), Box<dyn std::error::Error>> {
//! let mut config = ConsumerConfig::new(Topic::new("orders")?, Channel::new("billing")?);
//! config.max_in_flight = 4;
//! let consumer = Consumer::start(config, discovery);
//! let workers: Vec<_> = (0..4)
//!     .map(|_| {
//!         let consumer = consumer.clone();
//!         tokio::spawn(async move {
//!             while let Some(delivery) = consumer.recv().await {
//!                 match handle(delivery.body()).await {
//!                     Ok(()) => drop(delivery.finish()),
//!                     // Later each time; after a while somebody should look at it instead.
//!                     Err(_) if delivery.attempts() < 5 => {
//!                         let delay = Duration::from_secs(1) * (1 << delivery.attempts());
//!                         drop(delivery.requeue(delay));
//!                     }
//!                     Err(error) => {
//!                         eprintln!("given up: {error}");
//!                         drop(delivery.finish());
//!                     }
//!                 }
//!             }
//!         })
//!     })
//!     .collect();
//! tokio::signal::ctrl_c().await?;
//! // No more messages; what runs has ten seconds; what does not end goes back.
//! let drained = consumer.close(Duration::from_secs(10)).await;
//! println!("{} messages were given back", drained.unstarted + drained.abandoned);
//! # Ok(())
//! # }
//! ```
//!
//! - While a delivery is out its connection touches it every third of nsqd's message timeout, at
//!   most for [`ConnectionConfig::touch_for`]. Handlers that block a thread need the connections on
//!   a thread of their own: [`IoThread`].
//! - A delivery that is dropped without an answer goes back at once, also by a panic.
//! - [`Delivery::lost`] tells a handler that the message is not its own any more: somebody else has
//!   it by then, or will.
//! - [`Delivery::finish`] gives a [`Receipt`]. NSQ does not answer FIN when it succeeds: it is
//!   [`Written`], or [`Confirmed`] by the answer to something later, or [`Lost`], never more.
//! - [`Delivery::answer`] publishes and finishes in one write. If nsqd refuses the publish it
//!   closes the connection before the FIN runs, and delivers the message again.
//! - Where what is published soon leads to messages that come back, as requests lead to answers, the
//!   connection that publishes can be subscribed as well: [`ConsumerConfig::shares_publisher`].
//!
//! - One message that fails does not slow the others down: there is no backoff of the whole consumer
//!   here. Where one is wanted, because what handlers need is down altogether, it is
//!   [`Consumer::set_max_in_flight`]: 0 stops the flow, 1 is a probe.
//!
//! # Security
//!
//! ```no_run
//! use kubefuncs_nsq::{AuthSecret, ConnectionConfig, LookupConfig, Tls};
//!
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let connection = ConnectionConfig {
//!     tls: Some(
//!         Tls::ca_file("/etc/nsq/ca.pem")?
//!             .client_cert_files("/etc/nsq/cert.pem", "/etc/nsq/key.pem")?,
//!     ),
//!     auth: Some(AuthSecret::file("/etc/nsq/secret")?),
//!     ..ConnectionConfig::default()
//! };
//! let mut lookup = LookupConfig::new(["nsqlookupd:4161".parse()?]);
//! lookup.allowed_hosts = Some("*.nsqd.kubefuncs.svc.cluster.local".parse()?);
//! # Ok(())
//! # }
//! ```
//!
//! - [`Tls`] is always verified, and never left out: a server that does not offer it is refused,
//!   with [`ErrorKind::Tls`], after a greeting (client id, host name, settings) that nsqd takes in
//!   clear, and before anything else. What somebody slips in before TLS is an error, too.
//! - An [`AuthSecret`] goes inside of TLS where TLS is configured, and only to servers that require
//!   AUTH. It is in no error and no `{:?}`.
//! - Whoever can register with an nsqlookupd can name any host as a node. So a connection with a
//!   secret goes to nodes that a lookupd names only if [`LookupConfig::allowed_hosts`] says which
//!   hosts are meant, or TLS lets no others pass (a CA of one's own, or a fixed server name).
//! - nsqd asks its AUTH server again when a permission's time is over. A publish or subscription
//!   that is not allowed (any more) is rejected as [`ErrorCode::AuthFailed`] or
//!   [`ErrorCode::Unauthorized`], and nsqd closes the connection over it, as over every rejection; it
//!   is made again with growing pauses, and authenticates anew, with the secret that the file has
//!   then. So publish only what the secret allows: no size or name check here can know it. What is
//!   subscribed already stays so until its connection ends: that is nsqd's.
//!
//! # Buffers and compression
//!
//! What nsqd writes to a connection it can write at once or gather, which decides between latency
//! and CPU ([`OutputBuffer`]):
//!
//! | | many in flight | one in flight |
//! |---|---|---|
//! | [`Adaptive`] | p50 0.3 ms, and a third to a half of the CPU per message when it is busy | 0.3 ms |
//! | [`Unbuffered`], the default | p50 0.3 ms, most CPU per message | 0.3 ms |
//! | [`Sized`] with 25 ms | p50 up to 13 ms, least CPU | 0.3 ms: nsqd flushes when RDY is reached |
//! | [`ServerDefault`] | p50 up to 130 ms | 0.3 ms |
//!
//! [`Compression`] pays across slow links only, and wants a buffer: nsqd would compress three small
//! writes for each message without, and with deflate not send them before the next heartbeat. The
//! combination is refused when connecting. Decompression never runs ahead of what is read, and
//! declared lengths are capped before anything is held for them.
//!
//! # Delivery semantics
//!
//! NSQ delivers **at least once, in no order**. A message is delivered again when
//!
//! - its handler's process dies or its connection breaks: after nsqd's message timeout;
//! - it is requeued, or dropped unanswered: at once, or after the delay;
//! - FIN was written to a connection that broke before nsqd read it ([`Written`]);
//! - a drain gave it back: [`Delivery::attempts`] counts deliveries, not failures.
//!
//! It is there twice when a publish was [`Unknown`] and was published again. It is lost when the
//! one nsqd that has it is killed or loses its disk, or drops it from the full queue of an ephemeral
//! topic or channel, *after* `OK`. The first channel of a topic gets what was published before; later
//! ones only what comes after them.
//!
//! # Cancellation
//!
//! Every future here may be dropped at any await. What that means:
//!
//! | Dropped | Then |
//! |---|---|
//! | [`Connection::connect`] | whatever was opened is closed |
//! | [`Connection::reserve`] | nothing was queued |
//! | [`Publishing`] | nothing is taken back; [`Publishing::cancel`] does, while no byte is written |
//! | [`Connection::publish`], [`Producer::publish`] | nothing, or the message is queued and stays so |
//! | [`Consumer::recv`] | no message is taken along |
//! | [`Receipt`] | FIN or REQ is queued and stays so |
//! | [`Delivery::answer_aside`] | the message goes back; its answer may be published |
//! | [`Consumer::close`] | the drain goes on |
//! | [`Connection::closed`], [`Delivery::lost`] | nothing |
//! | the last [`Connection`] | what is queued is written and answered, then it closes |
//! | the last [`Consumer`] | no more messages; connections close as deliveries are answered |
//! | the last [`Producer`] | as its connections |
//!
//! # Watching it
//!
//! [`Producer::snapshot`] and [`Consumer::snapshot`] give, for each node, where its links stand, what
//! became of publishes, how fast nsqd acknowledges at present, and how often the node stalled. They
//! cost next to nothing and can be taken for each scrape of metrics. Connections that come and go
//! are logged through `tracing`, once per change.
//!
//! [`Size`]: crate::PublishErrorKind::Size
//! [`NotSent`]: crate::PublishErrorKind::NotSent
//! [`Rejected`]: crate::PublishErrorKind::Rejected
//! [`Unknown`]: crate::PublishErrorKind::Unknown
//! [`Written`]: crate::Settled::Written
//! [`Confirmed`]: crate::Settled::Confirmed
//! [`Lost`]: crate::Settled::Lost
//! [`Adaptive`]: crate::OutputBuffer::Adaptive
//! [`Unbuffered`]: crate::OutputBuffer::Unbuffered
//! [`Sized`]: crate::OutputBuffer::Sized
//! [`ServerDefault`]: crate::OutputBuffer::ServerDefault

#[cfg(doc)]
use crate::*;
