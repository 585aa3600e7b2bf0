//! Two nodes that exchange cases over HTTP: in peace, through a network that fails, after an outage, and with a partner that lies.

mod erased;
mod faults;
mod hotline;
mod late;
mod lies;
mod node;
mod order;
mod pair;
mod proxy;
mod stops;
mod way;
