//! Reads, each paged, in the order of a case's day.
