//! The realm's recovery keys at the command line: made, used by several holders, tried out.

use super::founding;
use super::realm::{Answer, Ask, ask, in_whose_name, other};
use crate::api::status::{RecoveryState, SiteStatus};
use crate::cli::operations::{Place, ShareRequest, Shared};
use crate::failure::{Failure, Kind};
use crate::recovery::{RootRequest, Signing, public};

/// Checks, before anything is printed, what [`share`] will be asked.
pub async fn recovery(place: &Place, words: &[[u8; 32]]) -> Result<RecoveryState, Failure> {
    let publics = words.iter().map(public).collect();
    let note = false;
    match ask(place, Ask::Drill { publics, note }).await? {
        Answer::Recovery(state) => Ok(state),
        _ => Err(other()),
    }
}

/// Makes sure that these are recovery keys of the realm, and notes the exercise. The keys themselves
/// do not leave this process.
pub async fn drill(place: &Place, words: &[[u8; 32]]) -> Result<RecoveryState, Failure> {
    let publics = words.iter().map(public).collect();
    let note = true;
    match ask(place, Ask::Drill { publics, note }).await? {
        Answer::Recovery(state) => Ok(state),
        _ => Err(other()),
    }
}

/// Keys that are to replace the present ones, for paper; nothing is asked of the realm yet.
pub async fn new_keys(place: &Place, request: &ShareRequest) -> Result<Shared, Failure> {
    let words = match &request.root {
        Signing::Words(key) => vec![*key],
        Signing::Request(_) => Vec::new(),
    };
    let state = recovery(place, &words).await?;
    if state.threshold > 1 && !words.is_empty() {
        return Err(Failure::new(
            Kind::Refused,
            format!(
                "{} recovery keys sign together in this realm: give --request FILE",
                state.threshold
            ),
        ));
    }
    let mut keys: Vec<[u8; 32]> = (0..request.keys)
        .map(|_| crate::secret::Seed::fresh().0)
        .collect();
    // In the order in which the realm numbers them.
    keys.sort_by_key(public);
    let publics = keys.iter().map(public).collect();
    crate::recovery::key_set(state.version + 1, request.threshold, publics)
        .map_err(|why| Failure::new(Kind::Usage, why))?;
    Ok(Shared {
        realm_name: founding::realm_name_of(place).await?,
        version: state.version + 1,
        threshold: request.threshold,
        keys,
    })
}

/// Lets the realm go by these keys from now on.
pub async fn share(place: &Place, shared: &Shared, root: Signing) -> Result<(), Failure> {
    // Several holders sign at other times and places: by then nobody has the new keys together.
    let fresh = match &root {
        Signing::Words(_) => &shared.keys[..usize::from(shared.threshold)],
        Signing::Request(_) => &[],
    };
    let asked = Ask::Share {
        keys: shared.keys.iter().map(public).collect(),
        threshold: shared.threshold,
        root,
        fresh: fresh.to_vec(),
    };
    in_whose_name(place, asked).await.map(drop)
}

/// Carries a request that enough holders signed; says what it was about.
pub async fn apply(place: &Place, requests: Vec<RootRequest>) -> Result<String, Failure> {
    let mut requests = requests.into_iter();
    let Some(mut all) = requests.next() else {
        return Err(Failure::new(Kind::Usage, "no request was given"));
    };
    for request in requests {
        if !all.merge(request) {
            return Err(Failure::new(
                Kind::Usage,
                "the files ask for different things: give the copies of one request",
            ));
        }
    }
    in_whose_name(place, Ask::Apply(all.encode())).await
}

/// What the technician is told of the keys.
pub(super) fn warnings(status: &SiteStatus) -> Vec<String> {
    let Some(state) = &status.recovery else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    if state.keys.len() == 1 {
        warnings.push(
            "the realm has one recovery key: whoever finds it rules the realm, and if it is lost \
             nobody can replace a lost site. Make three of which two sign: bocage recovery share \
             --keys 3 --threshold 2"
                .to_owned(),
        );
    }
    for lost in &state.lost {
        warnings.push(format!(
            "the recovery keys were changed twice at once (version {}): what {} signed stands, what \
             {} signed does not, and the words printed for it are worth nothing",
            lost.version,
            lost.kept_by.join(" and "),
            lost.lost_by.join(" and ")
        ));
    }
    warnings
}
