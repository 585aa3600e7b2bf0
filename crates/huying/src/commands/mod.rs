//! One module per command: its flags, and what it does with the crates below.

pub mod account;
pub mod acting;
pub mod audit;
pub mod config;
pub mod demo;
pub mod explain;
pub mod export;
pub mod feed;
pub mod import;
pub mod init;
pub mod keeping;
pub mod key;
pub mod org;
pub mod pack;
pub mod partner;
pub mod person;
pub mod policy;
pub mod receipt;
pub mod scorecard;
pub mod serve;
pub mod tables;
pub mod takeout;
pub mod what_if;
