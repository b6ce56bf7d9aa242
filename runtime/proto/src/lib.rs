//! The NSQ wire protocol as bytes: frames, commands, messages, names; no input or output.
