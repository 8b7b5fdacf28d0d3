//! Commands on the realm's own matters: territories, registrars, and rights of people in the realm.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};

use super::operations::{Place, RightsRequest, RightsRow};
use super::print;
use crate::failure::{Failure, Kind};
use crate::recovery::Signing;
use crate::site;

/// `bocage territory`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
A territory is a name under which sites stand and for which rights are given. Territories are added
in the name of a registrar who is at home at this site.

Examples:
  bocage territory add \"Pays d'Ancenis\"
  bocage site territory Ancenis \"Pays d'Ancenis\"")]
pub enum TerritoryCommand {
    /// List the realm's territories
    List,
    /// Add a territory
    Add {
        /// Its name
        name: String,
        /// Login of the registrar in whose name [default: one who may]
        #[arg(long, value_name = "LOGIN")]
        by: Option<String>,
    },
}

/// Who signs what only the realm's root may.
#[derive(Debug, Args)]
pub struct Root {
    /// Read the 24 words of the recovery key from the standard input
    #[arg(long)]
    pub recovery_key: bool,
    /// Where several recovery keys sign together: write into this file what they are to sign
    #[arg(long, value_name = "FILE", conflicts_with = "recovery_key")]
    pub request: Option<PathBuf>,
}

impl Root {
    pub(super) fn signing(self) -> Result<Option<Signing>, Failure> {
        match (self.request, self.recovery_key) {
            (Some(file), _) => prepared(&file).map(Some),
            (None, true) => super::read_recovery_key().map(|key| Some(Signing::Words(key))),
            (None, false) => Ok(None),
        }
    }
}

/// By a request in this file, or by the words on the standard input.
pub(super) fn signing(request: Option<PathBuf>) -> Result<Signing, Failure> {
    match request {
        Some(file) => prepared(&file),
        None => super::read_recovery_key().map(Signing::Words),
    }
}

/// The running site, which writes the file, may work in another directory.
fn prepared(file: &Path) -> Result<Signing, Failure> {
    let file = std::path::absolute(file).map_err(|error| Failure::file("find", file, &error))?;
    Ok(Signing::Request(file))
}

/// `bocage site`
#[derive(Debug, Subcommand)]
pub enum SiteCommand {
    /// Take a lost or stolen site from the realm; done by a site that may admit others, or by the
    /// recovery key
    #[command(after_help = "\
What it wrote and is known here counts; what comes from it later is held. Give its people another home
site next: bocage person rehome --all-of NAME --to SITE
With --by a registrar orders it, at any site where she is at home, also after it was taken from the realm: every
site carries her order into spaces where no manager at hand may do it.")]
    Remove {
        /// The site's name
        site: String,
        /// Login of the registrar in whose name, instead of the site's
        #[arg(long, value_name = "LOGIN", conflicts_with_all = ["recovery_key", "request"])]
        by: Option<String>,
        /// By the root.
        #[command(flatten)]
        root: Root,
    },
    /// Leave the realm with this site: it hands over what others miss, then takes itself out
    #[command(after_help = "\
The site has to run, and its people have to be at home elsewhere: bocage person rehome --all-of NAME
--to SITE. A site that is lost or stolen is taken out from another one: bocage site remove")]
    Retire {
        /// How long to wait for the others to have everything, in seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 60)]
        wait: u64,
    },
    /// Let a site stand in a territory; done by a site that may admit others, or by the recovery key
    Territory {
        /// The site's name
        site: String,
        /// The territory's name [default: none any more]
        territory: Option<String>,
        /// By the root.
        #[command(flatten)]
        root: Root,
    },
}

/// `bocage space`
#[derive(Debug, Subcommand)]
pub enum SpaceCommand {
    /// Name a manager for a space in which nobody manages any more, in the name of a registrar
    #[command(after_help = "\
Run it at a site that carries the space and where the registrar is at home.

Example:
  bocage space deputise \"Pont de Varades\" awa")]
    Deputise {
        /// The space: its whole name, or its id
        space: String,
        /// What the new manager types to sign in
        login: String,
        /// Login of the registrar in whose name [default: one at home at this site who may]
        #[arg(long, value_name = "LOGIN")]
        by: Option<String>,
    },
}

/// `bocage registrar`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
A registrar says who may open spaces and who looks after sites, in a territory or everywhere. The
recovery key is read from the standard input, as the 24 words that \"bocage init\" printed.

Examples:
  bocage registrar add awa --territory \"Pays d'Ancenis\"
  bocage registrar remove awa")]
pub enum RegistrarCommand {
    /// List who holds rights of the realm, and who asks for some
    List,
    /// Name a registrar
    Add {
        /// What she types to sign in; add @ and her site if several people have it
        login: String,
        /// For this territory only [default: everywhere]
        #[arg(long, value_name = "NAME")]
        territory: Option<String>,
        /// Where several recovery keys sign together: write into this file what they are to sign
        #[arg(long, value_name = "FILE")]
        request: Option<PathBuf>,
    },
    /// Let a person be a registrar no longer; her other rights stay
    Remove {
        /// What she types to sign in
        login: String,
        /// Where several recovery keys sign together: write into this file what they are to sign;
        /// give her other rights again afterwards
        #[arg(long, value_name = "FILE")]
        request: Option<PathBuf>,
    },
}

/// `bocage person grant` and `bocage person withdraw`
#[derive(Debug, Args)]
pub struct Rights {
    /// What she types to sign in; add @ and her site if several people have it
    pub login: String,
    /// Opening spaces
    #[arg(long)]
    pub opens_spaces: bool,
    /// Looking after sites: their status page
    #[arg(long)]
    pub technician: bool,
    /// Login of the registrar in whose name [default: one at home at this site who may]
    #[arg(long, value_name = "LOGIN", conflicts_with_all = ["recovery_key", "request"])]
    pub by: Option<String>,
    /// By the root.
    #[command(flatten)]
    pub root: Root,
}

/// `bocage person rehome`
#[derive(Debug, Args)]
pub struct Rehome {
    /// What she types to sign in; add @ and her site if several people have it
    #[arg(required_unless_present = "all_of")]
    pub login: Option<String>,
    /// Everybody of this site, also of one that was taken from the realm
    #[arg(long, value_name = "SITE", conflicts_with = "login")]
    pub all_of: Option<String>,
    /// The new home site
    #[arg(long, value_name = "SITE")]
    pub to: String,
    /// Login of the registrar in whose name [default: one at home at this site who may]
    #[arg(long, value_name = "LOGIN")]
    pub by: Option<String>,
}

fn by_whom(by: &str) -> String {
    match by {
        "" => "Nothing to do: it is so already.\n".to_owned(),
        by => format!("Done, by {by}.\n"),
    }
}

pub(super) async fn territory(place: &Place, command: TerritoryCommand) -> Result<(), Failure> {
    match command {
        TerritoryCommand::List => {
            let names = site::territories(place).await?;
            print::out(
                &names
                    .iter()
                    .map(|name| format!("{name}\n"))
                    .collect::<String>(),
            )
        }
        TerritoryCommand::Add { name, by } => {
            let by = site::add_territory(place, name, by).await?;
            print::out(&by_whom(&by))
        }
    }
}

pub(super) async fn site(place: &Place, command: SiteCommand) -> Result<(), Failure> {
    let (site, territory, root) = match command {
        SiteCommand::Remove { site, by, root } => {
            return remove(place, site, root.signing()?, by).await;
        }
        SiteCommand::Retire { wait } => return retire(place, wait).await,
        SiteCommand::Territory {
            site,
            territory,
            root,
        } => (site, territory, root),
    };
    let told = match &territory {
        Some(name) => format!("stands in the territory \"{name}\""),
        None => "stands in no territory".to_owned(),
    };
    let root = root.signing()?;
    let name = site::place_site(place, site, territory, root).await?;
    print::out(&format!("{name} {told}.\n"))
}

async fn remove(
    place: &Place,
    site: String,
    root: Option<Signing>,
    by: Option<String>,
) -> Result<(), Failure> {
    let (name, people) = site::remove_site(place, site, root, by).await?;
    let mut text = format!("{name} is no longer a site of the realm.\n");
    if !people.is_empty() {
        text.push_str(&format!(
            "Still at home there: {}.\nNext: bocage person rehome --all-of \"{name}\" --to SITE\n",
            people.join(", ")
        ));
    }
    print::out(&text)
}

async fn retire(place: &Place, wait: u64) -> Result<(), Failure> {
    let heard = site::retire(place, Duration::from_secs(wait)).await?;
    print::out(match heard {
        true => {
            "This site has left the realm, and the others have heard it. Stop it, and erase its disk.\n"
        }
        false => {
            "This site has left the realm. Let it run until \"bocage status\" shows no link any more: \
             then the others have heard it. Then stop it, and erase its disk.\n"
        }
    })
}

pub(super) async fn space(place: &Place, command: SpaceCommand) -> Result<(), Failure> {
    let SpaceCommand::Deputise { space, login, by } = command;
    print::out(&by_whom(&site::deputise(place, space, login, by).await?))
}

/// `bocage person end`
pub(super) async fn end(place: &Place, login: String, by: Option<String>) -> Result<(), Failure> {
    let spaces = match site::end_person(place, login, by).await? {
        site::Ended::By(name) => return print::out(&by_whom(&name)),
        site::Ended::StillNamed(spaces) => spaces,
    };
    let mut text = "Done: she signs in here no more. What she wrote stays.\n".to_owned();
    if !spaces.is_empty() {
        text.push_str(&format!(
            "These spaces were told her name, and keep it: {}.\n",
            spaces.join(", ")
        ));
    }
    print::out(&text)
}

/// `bocage person rehome`
pub(super) async fn rehome(place: &Place, asked: Rehome) -> Result<(), Failure> {
    let to = asked.to.clone();
    let (names, by) = site::rehome(place, asked.login, asked.all_of, asked.to, asked.by).await?;
    if names.is_empty() {
        return print::out(&by_whom(""));
    }
    print::out(&format!(
        "At home at {to} from now on, by {by}: {}.\nWho never signed in there gets a password \
         there: bocage person reset LOGIN\n",
        names.join(", ")
    ))
}

pub(super) async fn registrar(place: &Place, command: RegistrarCommand) -> Result<(), Failure> {
    let (login, territory, request, given) = match command {
        RegistrarCommand::List => return list(place).await,
        RegistrarCommand::Add {
            login,
            territory,
            request,
        } => (login, territory, request, true),
        RegistrarCommand::Remove { login, request } => (login, None, request, false),
    };
    let request = RightsRequest {
        login,
        opens_spaces: false,
        technician: false,
        registrar: true,
        given,
        territory,
        by: None,
        root: Some(signing(request)?),
    };
    print::out(&by_whom(&site::set_rights(place, request).await?))
}

/// `bocage person grant` or `withdraw`
pub(super) async fn person(
    place: &Place,
    rights: Rights,
    given: bool,
    territory: Option<String>,
) -> Result<(), Failure> {
    if !rights.opens_spaces && !rights.technician {
        return Err(Failure::new(
            Kind::Usage,
            "say which right: --opens-spaces, --technician or both",
        ));
    }
    let request = RightsRequest {
        login: rights.login,
        opens_spaces: rights.opens_spaces,
        technician: rights.technician,
        registrar: false,
        given,
        territory,
        by: rights.by,
        root: rights.root.signing()?,
    };
    print::out(&by_whom(&site::set_rights(place, request).await?))
}

pub(super) async fn list(place: &Place) -> Result<(), Failure> {
    let rows = site::rights(place).await?;
    print::out(&rows.iter().map(line).collect::<String>())
}

fn line(row: &RightsRow) -> String {
    let rights = row.rights.iter().map(|(right, territory)| match territory {
        Some(territory) => format!("{right} ({territory})"),
        None => right.clone(),
    });
    let asks = row.asks.iter().map(|ask| format!("asks: {ask}"));
    let all: Vec<String> = rights.chain(asks).collect();
    format!(
        "{} ({}@{}): {}\n",
        row.name,
        row.login,
        row.site,
        all.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_rights_with_their_territory_and_what_is_asked_for() {
        let row = RightsRow {
            name: "Awa Diop".into(),
            login: "awa".into(),
            site: "Ancenis".into(),
            rights: vec![("registrar".into(), Some("Loire".into()))],
            asks: vec!["creator".into()],
        };
        assert_eq!(
            line(&row),
            "Awa Diop (awa@Ancenis): registrar (Loire), asks: creator\n"
        );
    }
}
