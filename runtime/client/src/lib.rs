//! Write a function, call a function: the Kubefuncs client library.
