//! `web-ui/src/api/generated.ts`: the API's types for the interface, in one file.

use std::collections::BTreeMap;

use bocage_node::api::{
    admin, command, erasures, error, groups, guests, live, oversight, own_data, rows, session,
    status,
};
use ts_rs::{Config, TS, TypeVisitor};

const HEAD: &str = "\
/**
 * The shapes of the public API, made from the site's Rust types. Do not edit: after a change there,
 * BOCAGE_UPDATE=1 cargo test -p bocage-tests --test generated
 */
";

/// Declarations by name, of everything visited and what that rests on.
struct Declarations {
    config: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Only types with a file of their own are declared; numbers and lists are not.
        if T::output_path().is_none() {
            T::visit_generics(self);
            return;
        }
        let name = T::ident(&self.config);
        if self.found.contains_key(&name) {
            T::visit_generics(self);
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let declaration = format!("{docs}export {}\n", T::decl(&self.config));
        self.found.insert(name, declaration);
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn typescript() -> String {
    let mut all = Declarations {
        // Times in milliseconds and counts stay below 2^53.
        config: Config::new().with_large_int("number"),
        found: BTreeMap::new(),
    };
    all.visit::<session::Welcome>();
    all.visit::<session::SignIn>();
    all.visit::<session::Me>();
    all.visit::<session::Preferences>();
    all.visit::<session::ChangePassword>();
    all.visit::<session::SessionRow>();
    all.visit::<own_data::OwnData>();
    all.visit::<own_data::DeleteAccount>();
    all.visit::<error::Failure>();
    all.visit::<rows::Today>();
    all.visit::<rows::SpaceList>();
    all.visit::<groups::GroupList>();
    all.visit::<groups::SpaceGroup>();
    all.visit::<rows::SpaceDetail>();
    all.visit::<rows::ItemPage>();
    all.visit::<rows::ItemDetail>();
    all.visit::<rows::MessagePage>();
    all.visit::<rows::ChannelRow>();
    all.visit::<rows::Member>();
    all.visit::<rows::SearchRow>();
    all.visit::<erasures::ErasureRow>();
    all.visit::<erasures::ErasurePlan>();
    all.visit::<rows::Template>();
    all.visit::<rows::Rows<rows::Member>>();
    all.visit::<status::SiteStatus>();
    all.visit::<oversight::HeldPage>();
    all.visit::<oversight::AuditPage>();
    all.visit::<bocage_crdt::features::Command>();
    all.visit::<command::CommandEnvelope>();
    all.visit::<command::CommandAnswer>();
    all.visit::<live::BrowserMessage>();
    all.visit::<live::SiteMessage>();
    all.visit::<admin::AddPerson>();
    all.visit::<admin::ResetPassword>();
    all.visit::<admin::GiveRights>();
    all.visit::<admin::PersonReady>();
    all.visit::<admin::Fingerprints>();
    all.visit::<guests::GuestList>();
    all.visit::<guests::CopyList>();
    all.visit::<guests::Leaving>();
    all.visit::<guests::InviteGuestPerson>();
    all.visit::<guests::GuestPersonReady>();
    all.visit::<guests::InviteGuestSite>();
    all.visit::<guests::GuestTicketReady>();
    let declarations: Vec<String> = all.found.into_values().collect();
    format!("{HEAD}\n{}", declarations.join("\n"))
}

#[test]
fn the_types_of_the_interface_are_those_of_the_site() {
    super::compare("web-ui/src/api/generated.ts", &typescript());
}

#[test]
fn the_declarations_say_what_the_contract_says() {
    let text = typescript();
    for part in [
        "export type SpaceId = string;",
        "export type Role = \"viewer\" | \"commenter\" | \"contributor\" | \"manager\";",
        "\"feature\": \"message\"",
        "upTo: string",
        "retryAfterSeconds?: number",
        "lastNewsMs: number | null",
        "\"unknown-field-value\"",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(
        !text.contains("bigint") && !text.contains(": any"),
        "{text}"
    );
}
