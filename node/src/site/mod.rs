//! The site: what each command does, once its arguments are read. This is the seam between the
//! command line, which knows no store and no network, and the parts that do the work.

use crate::cli::operations::{
    DemoRequest, Founded, FoundRequest, InviteRequest, Invited, JoinRequest, Joined, PasswordSet,
    PersonRequest, Place, RebuildReport, Redeemed, StatusReport, Stop,
};
use crate::failure::{Failure, Kind};

fn unwired(command: &str) -> Failure {
    Failure::new(
        Kind::Internal,
        format!("this build has no site behind \"bocage {command}\""),
    )
}

/// Founds a realm with this site as its first. Fails if the directory has a site.
pub async fn found(_place: &Place, _request: FoundRequest) -> Result<Founded, Failure> {
    Err(unwired("init"))
}

/// Issues a ticket, through the site that runs on this data directory.
pub async fn invite(_place: &Place, _request: InviteRequest) -> Result<Invited, Failure> {
    Err(unwired("invite"))
}

/// Waits until the ticket is redeemed or expires.
pub async fn wait_redeemed(_place: &Place, _invited: &Invited) -> Result<Redeemed, Failure> {
    Err(unwired("invite"))
}

/// Makes this data directory a site of the ticket's realm.
pub async fn join(_place: &Place, _request: JoinRequest) -> Result<Joined, Failure> {
    Err(unwired("join"))
}

/// Runs the site until `stop`, then drains and closes.
pub async fn run(_place: &Place, _stop: Stop) -> Result<(), Failure> {
    Err(unwired("run"))
}

/// What the technician needs to see; works with and without a running site.
pub async fn status(_place: &Place) -> Result<StatusReport, Failure> {
    Err(unwired("status"))
}

/// Adds a person homed at this site.
pub async fn person_add(_place: &Place, _request: PersonRequest) -> Result<PasswordSet, Failure> {
    Err(unwired("person add"))
}

/// Gives a person of this site a new password and ends her sessions.
pub async fn person_reset(_place: &Place, _login: String) -> Result<PasswordSet, Failure> {
    Err(unwired("person reset"))
}

/// Recreates everything that is derived from the logs. Needs the site stopped.
pub async fn rebuild(_place: &Place) -> Result<RebuildReport, Failure> {
    Err(unwired("rebuild"))
}

/// Runs three sites with example data until `stop`.
pub async fn demo(_request: DemoRequest, _stop: Stop) -> Result<(), Failure> {
    Err(unwired("demo"))
}
