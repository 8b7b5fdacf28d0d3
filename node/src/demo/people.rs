//! The people of the demo, all invented, and where each of them is at home.

/// One account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    /// The name to sign in with; steps of the story name people by it.
    pub login: &'static str,
    /// As shown.
    pub name: &'static str,
    /// Her trade.
    pub job: &'static str,
    /// Key of her home site.
    pub site: &'static str,
    /// May open spaces.
    pub opens_spaces: bool,
    /// Sees the status of the site.
    pub technician: bool,
}

const fn person(
    login: &'static str,
    name: &'static str,
    job: &'static str,
    site: &'static str,
) -> Person {
    Person {
        login,
        name,
        job,
        site,
        opens_spaces: false,
        technician: false,
    }
}

const fn opener(person: Person) -> Person {
    Person {
        opens_spaces: true,
        ..person
    }
}

const fn technician(person: Person) -> Person {
    Person {
        technician: true,
        ..person
    }
}

/// Everybody.
pub(super) const PEOPLE: &[Person] = &[
    opener(person(
        "claire",
        "Claire Le Goff",
        "cheffe de projet",
        "chateaubriant",
    )),
    opener(person(
        "karim",
        "Karim Benali",
        "conducteur d'opération",
        "nantes",
    )),
    opener(person(
        "marie",
        "Marie Tessier",
        "cuisinière, éclaireuse",
        "ancenis",
    )),
    person(
        "sylvie",
        "Sylvie Hervé",
        "gestionnaire du collège du Don",
        "chateaubriant",
    ),
    person(
        "yannick",
        "Yannick Moreau",
        "agent des routes",
        "chateaubriant",
    ),
    opener(person(
        "patrick",
        "Patrick Guillet",
        "chef d'équipe, centre de Derval",
        "chateaubriant",
    )),
    person(
        "solene",
        "Solène Hamon",
        "cuisinière du collège du Don",
        "chateaubriant",
    ),
    person(
        "brigitte",
        "Brigitte Allard",
        "cuisinière, Derval",
        "chateaubriant",
    ),
    technician(person(
        "eric",
        "Éric Pineau",
        "technicien du site",
        "chateaubriant",
    )),
    opener(person(
        "nadine",
        "Nadine Rousseau",
        "diététicienne",
        "nantes",
    )),
    opener(person(
        "thierry",
        "Thierry Lebreton",
        "responsable de la viabilité",
        "nantes",
    )),
    technician(person(
        "anne",
        "Anne Dubois",
        "technicienne du siège",
        "nantes",
    )),
    person("gaelle", "Gaëlle Perrin", "cuisinière", "ancenis"),
    opener(technician(person(
        "loic",
        "Loïc Bertin",
        "responsable des routes",
        "ancenis",
    ))),
];

/// The person with this login.
#[cfg(test)]
pub(super) fn find(login: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.login == login)
}
