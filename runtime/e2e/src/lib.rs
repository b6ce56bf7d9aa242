//! End-to-end tests over the real binaries and real NSQ.
//!
//! The tests are in `tests/`. Here is what runs Kubernetes manifests without Kubernetes: each pod
//! becomes processes of this machine with a loopback address of its own, started with exactly the
//! command, arguments, environment and files that its manifest says.
//!
//! ```text
//! object   the stream of objects
//! pod      workloads become pods with names and addresses
//! service  where Services lead
//! names    what cluster DNS would answer
//! env      variables, and $(X) in text
//! volume   mounted folders and where they are here
//! loopback addresses for pods
//! listen   listening addresses become the pod's own
//! image    the program that an image and a command mean
//! plan     one pod's containers as processes yet to start
//! cluster  starts all, probes all
//! stats    what nsqd says about its clients
//! ```
//!
//! Ports stay as they are written, so a wrong one is found; so are a wrong flag, a variable that
//! the program does not read, a path that no volume holds, a key that a ConfigMap lacks, a name
//! that no Service has. What the interpreter does not know is an error, never passed over.

pub mod cluster;
pub mod env;
pub mod image;
pub mod listen;
pub mod loopback;
pub mod names;
pub mod object;
pub mod plan;
pub mod pod;
pub mod service;
pub mod stats;
pub mod volume;

/// What is wrong with a manifest, as a sentence.
pub type Fault = String;
