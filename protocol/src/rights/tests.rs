//! Rights under test: golden bytes, the worked examples of `docs/rights.md`, and random histories
//! against a second, slow reading of the rules.

mod examples;
mod founding;
mod given;
mod golden;
mod histories;
mod orders;
mod random;
mod realm;
mod reference;
mod reference_content;
mod reference_facts;
mod reference_logs;
mod world;
