//! The protobuf messages that functions, gateways and callers exchange.
