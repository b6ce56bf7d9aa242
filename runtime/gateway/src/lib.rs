//! The HTTP gateway: a route becomes a topic, an answer a response.
