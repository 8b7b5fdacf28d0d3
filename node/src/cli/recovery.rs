//! Commands on the realm's recovery keys.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Subcommand;

use super::operations::{Place, ShareRequest, Shared};
use super::{print, read_recovery_key, realm};
use crate::api::status::RecoveryState;
use crate::failure::{Failure, Kind};
use crate::recovery::{NotSigned, RootRequest, public, short_name};
use crate::{secret, site};

/// `bocage recovery`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
The recovery keys stand above everybody: they name who admits sites and who are registrars, and
replace a lost site. With one key one person alone can do all that, and one fire can end it: make
three, of which two sign together, and give them to three people.

Where several keys sign, a command with --request FILE writes down what is to be done. The file holds
no secret: carry it to the holders, or send it.

Examples:
  bocage recovery share --keys 3 --threshold 2
  bocage admitting add Ancenis --request ancenis.request
  bocage recovery sign ancenis.request
  bocage recovery apply ancenis.request
  bocage recovery drill")]
pub enum RecoveryCommand {
    /// Show how many keys there are, how many sign together, and the last exercise
    Status,
    /// Make new recovery keys and print each on a page of its own; the present ones end
    Share {
        /// How many
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
        keys: u8,
        /// How many of them sign together: more than half
        #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(1..=16))]
        threshold: u8,
        /// Where several of the present keys sign together: write into this file what they are to
        /// sign [default: read the words of the present key from the standard input]
        #[arg(long, value_name = "FILE")]
        request: Option<PathBuf>,
    },
    /// Sign a request with the words of one key; needs no site and no network
    Sign {
        /// The request; the signature is added to it
        file: PathBuf,
    },
    /// Do what a request asks for, once enough holders signed it
    Apply {
        /// The request, or several copies of it that were signed by different holders
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Make sure that printed words are a present key; changes nothing but the date of the exercise
    Drill,
}

pub(super) async fn recovery(place: &Place, command: RecoveryCommand) -> Result<(), Failure> {
    match command {
        RecoveryCommand::Status => print::out(&state(&site::recovery(place, &[]).await?)),
        RecoveryCommand::Share {
            keys,
            threshold,
            request,
        } => {
            let asked = ShareRequest {
                keys,
                threshold,
                root: realm::signing(request)?,
            };
            share(place, asked).await
        }
        RecoveryCommand::Sign { file } => sign(&file),
        RecoveryCommand::Apply { files } => {
            let requests = files.iter().map(|file| RootRequest::read(file));
            let requests: Vec<RootRequest> = requests.collect::<Result<_, _>>()?;
            let says = site::apply(place, requests).await?;
            print::out(&format!("Done: {says}.\n"))
        }
        RecoveryCommand::Drill => {
            let words = several_keys()?;
            let told = site::drill(place, &words).await?;
            let names = words.iter().map(|key| short_name(&public(key)));
            let names: Vec<String> = names.collect();
            print::out(&format!(
                "These are words of the realm's recovery keys: {}.\n\n{}",
                names.join(", "),
                state(&told)
            ))
        }
    }
}

/// One key at a terminal, as many as come from a file.
fn several_keys() -> Result<Vec<[u8; 32]>, Failure> {
    if std::io::stdin().is_terminal() {
        return read_recovery_key().map(|key| vec![key]);
    }
    let text = std::io::read_to_string(std::io::stdin());
    let text = text.map_err(|error| {
        Failure::new(
            Kind::Usage,
            format!("cannot read the recovery key: {error}"),
        )
    })?;
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Err(super::no_recovery_key());
    }
    let keys = words
        .chunks(secret::RECOVERY_WORDS)
        .map(|words| secret::recovery_key(&words.join(" ")).ok_or_else(super::no_recovery_key));
    keys.collect()
}

/// Printed before the realm goes by them: keys that nobody has on paper would lock it for ever.
async fn share(place: &Place, asked: ShareRequest) -> Result<(), Failure> {
    let shared = site::new_keys(place, &asked).await?;
    print::out(&pages(&shared))?;
    match site::share(place, &shared, asked.root).await {
        Ok(()) => print::out(
            "The realm goes by these keys from now on; the ones before open nothing any more.\n\
             Next, within the week: bocage recovery drill\n",
        ),
        Err(failure) if failure.kind == Kind::ToSign => Err(Failure::new(
            Kind::ToSign,
            format!(
                "{} The keys printed above count from then on.",
                failure.message
            ),
        )),
        Err(failure) => Err(Failure::new(
            failure.kind,
            format!(
                "{}. The keys printed above are worth nothing: destroy them",
                failure.message
            ),
        )),
    }
}

fn pages(shared: &Shared) -> String {
    let count = shared.keys.len();
    let page = |(place, key): (usize, &[u8; 32])| {
        format!(
            "Recovery key {} of {count} of {} (version {}), {}\n\n{} of the {count} sign together. \
             Keep it apart from the others, away from every machine.\n\n{}\n\u{c}",
            place + 1,
            shared.realm_name,
            shared.version,
            short_name(&public(key)),
            shared.threshold,
            print::numbered(&secret::recovery_words(key), 4),
        )
    };
    shared.keys.iter().enumerate().map(page).collect()
}

fn sign(file: &std::path::Path) -> Result<(), Failure> {
    let mut request = RootRequest::read(file)?;
    print::out(&format!(
        "Realm   {}\nAsked   {}\nSigned  {}\n\n",
        request.realm_name,
        request.says,
        request.describe()
    ))?;
    let number = request
        .sign(&read_recovery_key()?)
        .map_err(|why| match why {
            NotSigned::AnotherKey => Failure::new(
                Kind::Refused,
                "this is none of the keys that are asked: it is of another realm, or was replaced",
            ),
            NotSigned::Already => Failure::new(
                Kind::Refused,
                "this key has signed already: another holder has to",
            ),
        })?;
    request.replace(file)?;
    print::out(&match request.missing() {
        0 => format!(
            "Signed with key {number}. Enough have signed: bocage recovery apply {}\n",
            file.display()
        ),
        more => format!("Signed with key {number}. Still missing: {more}.\n"),
    })
}

fn state(state: &RecoveryState) -> String {
    let exercise = match state.drilled_ms {
        Some(at_ms) => print::at(at_ms),
        None => "never at this site with enough keys".to_owned(),
    };
    let mut text = format!(
        "Keys      {} of {} sign together (version {}): {}\nExercise  {exercise}, {} of {} read\n",
        state.threshold,
        state.keys.len(),
        state.version,
        state.keys.join(", "),
        state.tested,
        state.keys.len(),
    );
    for lost in &state.lost {
        text.push_str(&format!(
            "Lost      a change to version {} that {} signed: that of {} stands\n",
            lost.version,
            lost.lost_by.join(" and "),
            lost.kept_by.join(" and ")
        ));
    }
    text
}
