//! What the demo prints when everything runs: where to go, as whom, and what to try.

use super::people::PEOPLE;
use super::sites::{Running, Site, program};
use super::{PASSWORD, REALM};

pub(super) fn print(sites: &[Site], running: &[Running]) {
    println!("\n{REALM} runs.\n");
    let pids = running
        .iter()
        .map(|one| one.pid().map_or_else(String::new, |pid| pid.to_string()));
    for (site, pid) in sites.iter().zip(pids) {
        println!("  {:<16}{:<26}process {pid}", site.name, site.address());
    }
    println!("\n  Everybody's password: {PASSWORD}\n");
    println!("  {:<12}{:<20}{:<16}trade", "sign in as", "who", "home");
    for person in PEOPLE {
        let site = sites.iter().find(|site| site.key == person.site);
        let site = site.map_or("", |site| site.name);
        let extra = match (person.opens_spaces, person.technician) {
            (_, true) => " (technician of the site)",
            (true, _) => " (opens spaces)",
            _ => "",
        };
        println!(
            "  {:<12}{:<20}{:<16}{}{extra}",
            person.login, person.name, site, person.job
        );
    }
    let headquarters = running.first().and_then(Running::pid);
    let stop = headquarters.map_or_else(String::new, |pid| format!(" (kill {pid})"));
    println!(
        "
  To try
    1. Open {} as claire and, in another browser or a private window,
       {} as karim. Both open the space «Rénovation du collège du Don», the page
       «Plan de phasage des travaux», and press «Modifier»: each sees the other write.
    2. Stop Nantes{stop}. Go on writing at Châteaubriant and at Ancenis,
       {} as marie: nothing is in the way.
    3. Start Nantes again: {} run --data-dir '{}'. It catches up by itself.

  Ctrl-C stops all three.
",
        sites[1].address(),
        sites[0].address(),
        sites[2].address(),
        program(),
        sites[0].directory.display()
    );
}
