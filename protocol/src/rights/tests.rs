//! Worked examples, golden bytes and random histories.
