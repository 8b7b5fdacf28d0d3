//! Why something of the realm was not done, in words for whoever typed the command.

use std::path::Path;

use super::{Answer, Why, refused};
use crate::api::ApiError;
use crate::failure::Failure;
use crate::hub::NotNamed;
use crate::recovery::RootRequest;

pub(super) fn not_named(why: &NotNamed) -> Answer {
    let (message, why) = match why {
        NotNamed::RealmNotHere => return refused(&ApiError::busy()),
        NotNamed::AnotherKey => (
            "this is no recovery key of the realm: it is of another realm, or was replaced (\"bocage \
             recovery status\")"
                .to_owned(),
            Why::Rules,
        ),
        NotNamed::ToSign(file, request) => return to_sign(file, request),
        NotNamed::MoreSignatures(missing) => (
            format!("{missing} more of the recovery keys must sign: \"bocage recovery sign FILE\""),
            Why::Rules,
        ),
        NotNamed::KeysChanged => (
            "the recovery keys were replaced since, or the request is older than what this site \
             knows: prepare it again"
                .to_owned(),
            Why::Rules,
        ),
        NotNamed::MoreKeys(keys) => (
            format!(
                "{keys} recovery keys sign together in this realm: give --request FILE instead, and \
                 let their holders sign it (\"bocage recovery sign FILE\")"
            ),
            Why::Rules,
        ),
        NotNamed::NoSuchSite => (
            "the realm has no site of this name: \"bocage status\" lists them".to_owned(),
            Why::NotFound,
        ),
        NotNamed::SeveralSites => (
            "several sites have this name: run the command at the one that is meant, without a \
             name"
                .to_owned(),
            Why::Rules,
        ),
        NotNamed::NoSuchPerson => (
            "nobody with this login is known here: \"bocage person rights\" lists who has rights; a \
             person added elsewhere is known once that site has been heard"
                .to_owned(),
            Why::NotFound,
        ),
        NotNamed::SeveralPersons(homes) => (
            format!(
                "several people have this login: add @ and the site, which is {}",
                homes.join(" or ")
            ),
            Why::Rules,
        ),
        NotNamed::NoSuchTerritory => (
            "the realm has no territory of this name: \"bocage territory list\" lists them"
                .to_owned(),
            Why::NotFound,
        ),
        NotNamed::TerritoryThere => (
            "the realm has a territory of this name already".to_owned(),
            Why::Rules,
        ),
        NotNamed::NoRegistrarHere => (
            "no registrar who may do this is at home at this site: run the command where one is \
             (\"bocage registrar list\"), or give --recovery-key where the command has it"
                .to_owned(),
            Why::Rules,
        ),
        NotNamed::ThisSite => (
            "a site leaves by \"bocage site retire\"; a lost one is taken out by another one"
                .to_owned(),
            Why::Rules,
        ),
        NotNamed::NotAdmitting => (
            "this site may not take others from the realm: run the command at one that may admit \
             (\"bocage admitting list\"), or give --recovery-key"
                .to_owned(),
            Why::Rules,
        ),
        NotNamed::LoginThere(login) => (
            format!(
                "somebody at that site has the login \"{login}\" already: nobody after her was given \
                 another home site"
            ),
            Why::Rules,
        ),
        NotNamed::NotProven => (
            "the registrar was named before the recovery keys that this space knows: let her be named \
             again (\"bocage registrar add\"), then try again"
                .to_owned(),
            Why::Rules,
        ),
        NotNamed::RootOnly => (
            "only the realm's recovery key does this: give --recovery-key, or use \"bocage \
             registrar\""
                .to_owned(),
            Why::Rules,
        ),
        NotNamed::Refused(message) => (message.clone(), Why::Rules),
    };
    Answer::Refused { message, why }
}

/// The file is the caller's, as for an archive below.
fn to_sign(file: &Path, request: &RootRequest) -> Answer {
    if let Err(Failure { kind, message }) = request.write_new(file) {
        return Answer::Failed { message, kind };
    }
    let file = file.display();
    let message = format!(
        "nothing is done yet. {file} asks {} of {} recovery keys to sign that {}. Each holder, on any \
         machine: bocage recovery sign {file}. Then, here: bocage recovery apply {file}",
        request.keys.threshold,
        request.keys.keys.len(),
        request.says
    );
    Answer::Refused {
        message,
        why: Why::ToSign,
    }
}
