//! A site that leaves its realm, at the command line: what is waited for, and for how long.

use std::time::{Duration, Instant};

use super::realm::{Answer, Ask, ask, other};
use super::{LOOK_EVERY, control};
use crate::cli::operations::Place;
use crate::failure::{Failure, Kind};

/// From the leaving until the others end their links: each does as soon as it hears.
const HEARD_TIME_MAX: Duration = Duration::from_secs(30);

/// Leaves the realm; false if no other site was seen to hear of it in time.
pub async fn retire(place: &Place, patience: Duration) -> Result<bool, Failure> {
    if !control::is_running(&place.data_directory).await {
        return Err(Failure::new(
            Kind::NotReached,
            "no site runs on this directory: start it with \"bocage run\", it has to hand over what \
             it carries",
        ));
    }
    let end = Instant::now() + patience;
    loop {
        let Answer::Departure(left) = ask(place, Ask::Retire { done: false }).await? else {
            return Err(other());
        };
        if !left.people.is_empty() {
            return Err(Failure::new(
                Kind::Refused,
                format!(
                    "still at home here: {}. Give them another home first: bocage person rehome \
                     --all-of THIS-SITE --to SITE",
                    left.people.join(", ")
                ),
            ));
        }
        if left.missing.is_empty() {
            let Answer::Departure(left) = ask(place, Ask::Retire { done: true }).await? else {
                return Err(other());
            };
            if left.people.is_empty() && left.missing.is_empty() {
                break;
            }
        } else if Instant::now() >= end {
            return Err(Failure::new(
                Kind::NotReached,
                format!(
                    "the site stays in the realm: {}. Look at \"bocage status\", then try again",
                    left.missing.join("; ")
                ),
            ));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let end = Instant::now() + HEARD_TIME_MAX;
    while Instant::now() < end {
        if let Answer::Heard(true) = ask(place, Ask::Heard).await? {
            return Ok(true);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(false)
}
