//! kubefunctl.
